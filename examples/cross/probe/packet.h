/*
 * What all probes speak, whatever they are written in: UDP port 7007, packets of 16 bytes, big-endian.
 *
 *   0        4        8                16
 *   +--------+--------+-----------------+
 *   |  kind  | number |      time       |
 *   +--------+--------+-----------------+
 *
 * Who answers changes the kind, and nothing else: `time` is by the clock of who asked, in nanoseconds.
 */
#ifndef PACKET_H
#define PACKET_H

#include <stdint.h>

#define PROBE_PORT 7007

/* Two kinds, and only the first is answered: two servers never talk to each other for ever. */
#define PROBE_ASK 0x5052423fu    /* "PRB?" */
#define PROBE_ANSWER 0x50524221u /* "PRB!" */

/* As on the wire. */
struct packet {
    uint32_t kind;
    uint32_t number; /* 1, 2, … */
    uint64_t time;
};
_Static_assert(sizeof(struct packet) == 16, "a packet has no gaps");

#endif
