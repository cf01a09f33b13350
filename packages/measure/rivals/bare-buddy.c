/* The limit of buddy-allocator's benchmark once more, in C: the same loop, the same work. Prints nanoseconds per operation. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAX_ORDER 10
#define FREE 0x80
#define FRAMES (1 << 18)
#define SLOTS 65536
#define LIVE 4096

static int32_t links[(FRAMES + MAX_ORDER + 1) * 2];
static uint8_t state[FRAMES];
static uint32_t nonempty;

static void insert(int32_t pfn, int order) {
  int32_t head = (FRAMES + order) * 2, at = pfn * 2, first = links[head];
  links[at] = first;
  links[at + 1] = head;
  links[first + 1] = at;
  links[head] = at;
  nonempty |= 1u << order;
  state[pfn] = FREE | order;
}

static void take(int32_t pfn, int order) {
  int32_t next = links[pfn * 2], prev = links[pfn * 2 + 1];
  links[prev] = next;
  links[next + 1] = prev;
  if (next == prev) nonempty &= ~(1u << order);
  state[pfn] = 0;
}

static int32_t alloc_block(int order) {
  uint32_t orders = nonempty >> order;
  if (!orders) return -1;
  int found = order + __builtin_ctz(orders);
  int32_t pfn = links[(FRAMES + found) * 2] >> 1;
  take(pfn, found);
  while (found > order) {
    found--;
    insert(pfn + (1 << found), found);
  }
  return pfn;
}

static void free_block(int32_t pfn, int order) {
  while (order < MAX_ORDER) {
    int32_t buddy = pfn ^ (1 << order);
    if (state[buddy] != (FREE | order)) break;
    take(buddy, order);
    pfn &= buddy;
    order++;
  }
  insert(pfn, order);
}

static uint32_t x = 42;
static uint32_t rnd(void) {
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return x;
}

static int32_t blocks[SLOTS];
static uint8_t orders[SLOTS];

static void run(long count) {
  for (long i = 0; i < count; i++) {
    uint32_t r = rnd(), slot = r & (SLOTS - 1);
    if (blocks[slot] >= 0) {
      free_block(blocks[slot], orders[slot]);
      blocks[slot] = -1;
    } else {
      orders[slot] = (r >> 16) % 3;
      blocks[slot] = alloc_block(orders[slot]);
    }
  }
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv) {
  long count = argc > 1 ? atol(argv[1]) : 1000000;
  for (int order = 0; order <= MAX_ORDER; order++) {
    int32_t head = (FRAMES + order) * 2;
    links[head] = links[head + 1] = head;
  }
  for (int32_t pfn = 0; pfn < FRAMES; pfn += 1 << MAX_ORDER) insert(pfn, MAX_ORDER);
  for (int slot = 0; slot < SLOTS; slot++) blocks[slot] = -1;
  run(4 * SLOTS);
  double start = now();
  run(count);
  double mixed = (now() - start) / count;
  for (int slot = 0; slot < SLOTS; slot++)
    if (blocks[slot] >= 0) free_block(blocks[slot], orders[slot]);
  start = now();
  for (long i = 0; i < count; i++) free_block(alloc_block(0), 0);
  double pairs = (now() - start) / count;
  for (int i = 0; i < LIVE; i++) blocks[i] = alloc_block(0);
  start = now();
  for (long i = 0; i < count; i++) {
    uint32_t at = rnd() & (LIVE - 1);
    free_block(blocks[at], 0);
    blocks[at] = alloc_block(0);
  }
  printf("{\"mixed\":%.2f,\"pairs\":%.2f,\"exchange\":%.2f}\n", mixed, pairs, (now() - start) / count);
  return 0;
}
