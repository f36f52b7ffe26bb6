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
#pragma GCC target("avx2,bmi,bmi2,popcnt,lzcnt,tune=znver2")
#pragma GCC optimize("no-tree-slp-vectorize")
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

static inline const char **put_ends(uint64_t mask, const char *p, const char **ends)
{
    for (; mask != 0; mask = _blsr_u64(mask))
        *ends++ = p + _tzcnt_u64(mask);
    return ends;
}

/* Two ends are written for each half whether it has them or not; a third is rare. */
static inline const char **put_block(const char *p, const char **ends)
{
    uint64_t one = newlines(p), two = newlines(p + 64), one_left = _blsr_u64(one),
             two_left = _blsr_u64(two);
    if (__builtin_expect((_blsr_u64(one_left) | _blsr_u64(two_left)) != 0, 0))
        return put_ends(two, p + 64, put_ends(one, p, ends));
    ends[0] = p + _tzcnt_u64(one);
    ends[1] = p + _tzcnt_u64(one_left);
    ends += _mm_popcnt_u64(one);
    ends[0] = p + 64 + _tzcnt_u64(two);
    ends[1] = p + 64 + _tzcnt_u64(two_left);
    return ends + _mm_popcnt_u64(two);
}

static inline size_t hot_ends(const char *p, size_t *n, const char **ends)
{
    const char *at = p, *const whole = p + *n / HOT_BLOCK * HOT_BLOCK;
    const char **to = ends, **const most = ends + HOT_LINES - HOT_BLOCK;
    while (at != whole && to <= most) {
        to = put_block(at, to);
        at += HOT_BLOCK;
    }
    size_t left = *n - (size_t)(at - p);
    if (at == whole && to <= most) {
        for (size_t half = 0; half < left; half += 64) {
            uint64_t mask = newlines(at + half);
            mask = left - half < 64 ? _bzhi_u64(mask, (unsigned)(left - half)) : mask;
            to = put_ends(mask, at + half, to);
        }
        left = 0;
    }
    *n -= left;
    return (size_t)(to - ends);
}

static inline bool hot_same(const char *a, const char *b, uint32_t n, uint64_t mask)
{
    (void)n;
    uint32_t same = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(load32(a), load32(b)));
    return (~(uint64_t)same & mask) == 0;
}

/*
 * Constants, as bytes. In memory the compiler uses them where they are; one that it knows it builds
 * anew from three instructions in every loop.
 */
struct bytes {
    int8_t zero[32], lift[32], below[32];
};
#define BYTES_8(x) (x), (x), (x), (x), (x), (x), (x), (x)
#define BYTES_32(x)                                                                                \
    {                                                                                              \
        BYTES_8(x), BYTES_8(x), BYTES_8(x), BYTES_8(x)                                             \
    }
static const struct bytes constants __attribute__((aligned(32))) = {
    BYTES_32('0'), BYTES_32(INT8_MAX - '9'), BYTES_32(INT8_MAX - 10)};

static inline const struct bytes *bytes(void)
{
    const struct bytes *at = &constants;
    __asm__("" : "+r"(at));
    return at;
}

static inline __m128i load16(const void *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

static inline __m128i values16(const char *p)
{
    return _mm_sub_epi8(load16(p), load16(bytes()->zero));
}

/* '0' to '9' become the ten largest of the signed bytes. */
static inline unsigned hot_digits(const char *p)
{
    __m128i high = _mm_add_epi8(load16(p), load16(bytes()->lift));
    __m128i fits = _mm_cmpgt_epi8(high, load16(bytes()->below));
    return _tzcnt_u32(~(uint32_t)_mm_movemask_epi8(fits));
}

/* It looks at all bytes from P on, so that it need not wait for SKIP. */
static inline unsigned hot_digits_behind(const char *p, unsigned skip)
{
    const struct bytes *with = bytes();
    __m256i high = _mm256_add_epi8(load32(p), load32((const char *)with->lift));
    __m256i fits = _mm256_cmpgt_epi8(high, load32((const char *)with->below));
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
