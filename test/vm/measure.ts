import type { Outcome } from "./bed.js";

/** What a command has printed as JSON; where it has not, the failure says what it did. */
// biome-ignore lint/suspicious/noExplicitAny: it is what iperf3 and `status --json` print
export function json(outcome: Outcome): any {
  if (outcome.code !== 0) throw new Error(`exit ${outcome.code}: ${outcome.stdout}${outcome.stderr}`);
  return JSON.parse(outcome.stdout);
}

/** The round trips in milliseconds that ping reports at its end. */
export function pingMs(said: string): {
  readonly min: number;
  readonly average: number;
  readonly max: number;
} {
  const [, min, average, max] = /= ([\d.]+)\/([\d.]+)\/([\d.]+)/.exec(said) ?? [];
  if (max === undefined) throw new Error(`no round trip was measured: ${said}`);
  return { min: Number(min), average: Number(average), max: Number(max) };
}

/**
 * Bits per second that iperf3's receiver saw over TCP, as tbf counts them: of an Ethernet frame of 1514 bytes 1448 are
 * payload (IPv4, TCP with timestamps).
 */
export function frameRate(report: { end: { sum_received: { bits_per_second: number } } }): number {
  return (report.end.sum_received.bits_per_second * 1514) / 1448;
}
