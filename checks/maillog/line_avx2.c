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
static inline const char **put_ends(uint64_t mask, const char *p, const char **ends)
{
    const char **next = ends + _mm_popcnt_u64(mask);
    ends[0] = p + _tzcnt_u64(mask);
    mask = _blsr_u64(mask);
    ends[1] = p + _tzcnt_u64(mask);
    mask = _blsr_u64(mask);
    for (size_t i = 2; __builtin_expect(mask != 0, 0); mask = _blsr_u64(mask))
        ends[i++] = p + _tzcnt_u64(mask);
    return next;
}

static inline size_t hot_ends(const char *p, size_t *n, const char **ends)
{
    const char *at = p, *const end = p + *n, *const whole = p + *n / HOT_BLOCK * HOT_BLOCK;
    const char **to = ends, **const most = ends + HOT_LINES - HOT_BLOCK;
    for (; at != whole && to <= most; at += HOT_BLOCK)
        to = put_ends(newlines(at), at, to);
    if (at == whole && at != end && to <= most)
        to = put_ends(_bzhi_u64(newlines(at), (unsigned)(end - at)), at, to);
    else
        *n = (size_t)(at - p);
    return (size_t)(to - ends);
}

static inline bool hot_same(const char *a, const char *b, uint32_t n, uint64_t mask)
{
    (void)n;
    uint32_t same = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(load32(a), load32(b)));
    return (~(uint64_t)same & mask) == 0;
}

static inline __m128i values16(const char *p)
{
    return _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8('0'));
}

/* '0' to '9' become the ten largest of the signed bytes. */
static inline unsigned hot_digits(const char *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i high = _mm_add_epi8(bytes, _mm_set1_epi8(INT8_MAX - '9'));
    __m128i fits = _mm_cmpgt_epi8(high, _mm_set1_epi8(INT8_MAX - 10));
    return _tzcnt_u32(~(uint32_t)_mm_movemask_epi8(fits));
}

/* It looks at all bytes from P on, so that it need not wait for SKIP. */
static inline unsigned hot_digits_behind(const char *p, unsigned skip)
{
    __m256i high = _mm256_add_epi8(load32(p), _mm256_set1_epi8(INT8_MAX - '9'));
    __m256i fits = _mm256_cmpgt_epi8(high, _mm256_set1_epi8(INT8_MAX - 10));
    return _tzcnt_u32(~((uint32_t)_mm256_movemask_epi8(fits) >> skip) | 1 << 16);
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
