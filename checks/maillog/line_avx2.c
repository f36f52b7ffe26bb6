/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/maillog/line_avx2.h"

#if defined(__x86_64__) && defined(__GNUC__)

bool line_avx2_possible(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt");
}

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt"))),                \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2,popcnt,lzcnt")
#endif
#include <immintrin.h>

#include "checks/maillog/line_hot.h"

static inline __m256i load32(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline uint64_t newlines(const char *p)
{
    const __m256i newline = _mm256_set1_epi8('\n');
    uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(load32(p), newline));
    uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(load32(p + 32), newline));
    return low | (uint64_t)high << 32;
}

/* Two ends are written for each block whether it has them or not; a third is rare. */
static inline size_t put_ends(uint64_t mask, uint32_t at, uint32_t *ends, size_t count)
{
    size_t next = count + (size_t)_mm_popcnt_u64(mask);
    ends[count] = at + (uint32_t)_tzcnt_u64(mask);
    mask = _blsr_u64(mask);
    ends[count + 1] = at + (uint32_t)_tzcnt_u64(mask);
    mask = _blsr_u64(mask);
    for (size_t i = count + 2; __builtin_expect(mask != 0, 0); mask = _blsr_u64(mask))
        ends[i++] = at + (uint32_t)_tzcnt_u64(mask);
    return next;
}

static inline size_t hot_ends(const char *p, size_t n, uint32_t *ends)
{
    size_t count = 0, at = 0;
    for (; at + HOT_BLOCK <= n; at += HOT_BLOCK)
        count = put_ends(newlines(p + at), (uint32_t)at, ends, count);
    if (at < n)
        count =
            put_ends(_bzhi_u64(newlines(p + at), (unsigned)(n - at)), (uint32_t)at, ends, count);
    return count;
}

static inline bool hot_same(const char *a, const char *b, uint32_t n, uint32_t mask)
{
    (void)n;
    uint32_t same = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(load32(a), load32(b)));
    return (~same & mask) == 0;
}

static inline __m128i values16(const char *p)
{
    return _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8('0'));
}

static inline unsigned hot_digits(const char *p)
{
    __m128i values = values16(p);
    __m128i fits = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
    return _tzcnt_u32(~(uint32_t)_mm_movemask_epi8(fits));
}

/* Digits moved to the right end, then added up in pairs, fours, eights. */
static inline uint64_t hot_number(const char *p, unsigned n)
{
    static const int8_t shift[32] __attribute__((aligned(32))) = {
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15};
    __m128i right = _mm_loadu_si128((const __m128i *)(const void *)(shift + n));
    __m128i digits = _mm_shuffle_epi8(values16(p), right);
    __m128i pairs = _mm_maddubs_epi16(
        digits, _mm_setr_epi8(10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1));
    __m128i fours = _mm_madd_epi16(pairs, _mm_setr_epi16(100, 1, 100, 1, 100, 1, 100, 1));
    __m128i packed = _mm_packus_epi32(fours, fours);
    uint64_t eights = (uint64_t)_mm_cvtsi128_si64(
        _mm_madd_epi16(packed, _mm_setr_epi16(10000, 1, 10000, 1, 10000, 1, 10000, 1)));
    return (eights & 0xffffffff) * 100000000 + (eights >> 32);
}

size_t line_avx2_read(struct line_reader *reader, const char *bytes, size_t n,
                      struct line_event *events, size_t room, size_t *count, size_t *lines)
{
    return hot_read(reader, bytes, n, events, room, count, lines);
}

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#else

bool line_avx2_possible(void)
{
    return false;
}

size_t line_avx2_read(struct line_reader *reader, const char *bytes, size_t n,
                      struct line_event *events, size_t room, size_t *count, size_t *lines)
{
    (void)reader, (void)bytes, (void)n, (void)events, (void)room;
    *count = *lines = 0;
    return 0;
}

#endif
