import { formatDuration } from "../../values/duration.js";
import type { Endpoint } from "../2-resolve/topology.js";

/** Packets that a qdisc holds beside those in flight, where `queue` is not given. */
const defaultQueuePackets = 1000;
/** What a link without `bw` is taken to carry at most when netem's queue is sized, in bit/s. */
const assumedRate = 10_000_000_000;
const ethernetHeader = 14;

type Fields = readonly [
  rate: number | undefined,
  burstBytes: number | undefined,
  netem: string | undefined,
  queuePackets: number | undefined,
];

/** The fields of an interface's row in `qdiscs`; undefined where nothing is asked. */
export function qdiscFields(end: Endpoint, mtu: number): Fields | undefined {
  const { rateBitsPerSecond: rate, queue } = end;
  const netem = netemArguments(end, mtu);
  if (rate !== undefined) return [rate, tbfBurst(rate, mtu), netem, queue];
  if (netem === undefined && queue === undefined) return undefined;
  return [undefined, undefined, netem, queue];
}

/**
 * The bucket of tbf in bytes: what the rate sends in one tick of a kernel with HZ=250 (tc-tbf(8): a smaller one cannot
 * reach the rate), and never less than three full frames.
 */
function tbfBurst(rateBitsPerSecond: number, mtu: number): number {
  return Math.max(Math.ceil(rateBitsPerSecond / 8 / 250), 3 * (mtu + ethernetHeader));
}

/** netem holds every packet in flight, so its limit is the bandwidth-delay product and the queue, or it drops. */
function netemArguments(end: Endpoint, mtu: number): string | undefined {
  const { latencyNs = 0, jitterNs = 0, loss, duplicate, corrupt, reorder, rateBitsPerSecond, queue } = end;
  if (latencyNs + jitterNs === 0 && !loss && !duplicate && !corrupt && !reorder) return undefined;
  const heldSeconds = (latencyNs + 3 * jitterNs) / 1e9;
  const limit =
    Math.ceil(((rateBitsPerSecond ?? assumedRate) * heldSeconds) / (8 * mtu)) +
    (queue ?? defaultQueuePackets);
  const delay =
    latencyNs === 0
      ? ""
      : ` delay ${formatDuration(latencyNs)}${jitterNs === 0 ? "" : ` ${formatDuration(jitterNs)}`}`;
  const percents = Object.entries({ loss, duplicate, corrupt, reorder }).filter(([, value]) => value);
  return `limit ${limit}${delay}${percents.map(([name, value]) => ` ${name} ${value}%`).join("")}`;
}
