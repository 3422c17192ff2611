/*
 * Measures the latency of a path, with UDP over IPv6.
 *
 *   probe serve             answers everyone
 *   probe ADDRESS [COUNT]   asks COUNT times, 10 by default; exits 1 when nothing came back
 */
#include <arpa/inet.h>
#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "packet.h"

#define NS_PER_MS 1000000
#define TIMEOUT_NS (1000 * (int64_t)NS_PER_MS)
#define PAUSE_US (100 * 1000)
#define LOST (-1)

static void fail(const char *what)
{
    fprintf(stderr, "probe: ");
    perror(what);
    exit(EXIT_FAILURE);
}

/* Nanoseconds by a clock that nobody sets. */
static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 * NS_PER_MS + time.tv_nsec;
}

static int udp_socket(void)
{
    int sock = socket(AF_INET6, SOCK_DGRAM, 0);
    if (sock < 0) fail("socket");
    return sock;
}

/* Sends every question back as an answer. */
static void serve(void)
{
    int sock = udp_socket();
    struct sockaddr_in6 own = { .sin6_family = AF_INET6, .sin6_port = htons(PROBE_PORT), .sin6_addr = in6addr_any };
    if (bind(sock, (struct sockaddr *)&own, sizeof own) < 0) fail("bind");
    printf("answers on UDP port %d\n", PROBE_PORT);

    for (;;) {
        struct packet packet;
        struct sockaddr_in6 peer;
        socklen_t length = sizeof peer;
        ssize_t size = recvfrom(sock, &packet, sizeof packet, 0, (struct sockaddr *)&peer, &length);
        if (size != sizeof packet || be32toh(packet.kind) != PROBE_ASK) continue;
        packet.kind = htobe32(PROBE_ANSWER);
        if (sendto(sock, &packet, sizeof packet, 0, (struct sockaddr *)&peer, length) < 0) perror("probe: sendto");
    }
}

/* The round trip of one packet in nanoseconds, or LOST. A refusal by the network (no route, no server) is a loss, too. */
static int64_t ask(int sock, uint32_t number)
{
    int64_t start = now();
    struct packet packet = { htobe32(PROBE_ASK), htobe32(number), htobe64((uint64_t)start) };
    send(sock, &packet, sizeof packet, 0);

    for (int64_t left = TIMEOUT_NS; left > 0; left = start + TIMEOUT_NS - now()) {
        struct pollfd readable = { .fd = sock, .events = POLLIN };
        if (poll(&readable, 1, (int)(left / NS_PER_MS) + 1) <= 0) break;
        ssize_t size = recv(sock, &packet, sizeof packet, 0);
        if (size != sizeof packet || be32toh(packet.kind) != PROBE_ANSWER) continue;
        /* An answer that comes too late must not pass for one to a later question. */
        if (be32toh(packet.number) == number) return now() - (int64_t)be64toh(packet.time);
    }
    return LOST;
}

/* Asks one packet after the other, and sums up. Returns how many were answered. */
static uint32_t measure(int sock, uint32_t count)
{
    uint32_t received = 0;
    double min = 0, max = 0, sum = 0;
    for (uint32_t number = 1; number <= count; number++) {
        int64_t round_trip = ask(sock, number);
        if (round_trip == LOST) {
            printf("%u: lost\n", number);
            continue;
        }
        double ms = (double)round_trip / NS_PER_MS;
        printf("%u: %.3f ms\n", number, ms);
        if (received == 0 || ms < min) min = ms;
        if (received == 0 || ms > max) max = ms;
        sum += ms;
        received++;
        if (number < count) usleep(PAUSE_US);
    }
    printf("%u sent, %u received, %.0f%% lost", count, received, 100.0 * (count - received) / count);
    if (received > 0) printf(", min/avg/max %.3f/%.3f/%.3f ms", min, sum / received, max);
    printf("\n");
    return received;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* a line at once, into a file, too */
    if (argc == 2 && strcmp(argv[1], "serve") == 0) serve();

    struct sockaddr_in6 peer = { .sin6_family = AF_INET6, .sin6_port = htons(PROBE_PORT) };
    long count = argc == 3 ? strtol(argv[2], NULL, 10) : 10;
    if (argc < 2 || argc > 3 || count < 1 || count > UINT32_MAX || inet_pton(AF_INET6, argv[1], &peer.sin6_addr) != 1) {
        fprintf(stderr, "usage: probe serve\n       probe IPV6-ADDRESS [COUNT]\n");
        return EXIT_FAILURE;
    }
    int sock = udp_socket();
    if (connect(sock, (struct sockaddr *)&peer, sizeof peer) < 0) fail("connect");
    return measure(sock, (uint32_t)count) > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
