/**
 * Measures the latency of a path, with UDP over IPv6. It speaks what ../probe/packet.h describes.
 *
 *   probe-ts serve             answers everyone
 *   probe-ts ADDRESS [COUNT]   asks COUNT times, 10 by default; exits 1 when nothing came back
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const port = 7007;
const kinds = { ask: 0x5052423f, answer: 0x50524221 }; // "PRB?", "PRB!"
const packetSize = 16;
const timeoutMs = 1000;
const pauseMs = 100;

/** Sends every question back as an answer. */
function serve(): void {
  const socket = createSocket({ type: "udp6", ipv6Only: true });
  socket.on("message", (packet, peer) => {
    if (packet.length !== packetSize || packet.readUInt32BE() !== kinds.ask) return;
    packet.writeUInt32BE(kinds.answer);
    socket.send(packet, peer.port, peer.address, (error) => error && console.error(error.message));
  });
  socket.on("listening", () => console.log(`answers on UDP port ${port}`));
  socket.on("error", (error) => fail(error.message));
  socket.bind(port);
}

/** The round trip of one packet in milliseconds; undefined where it was lost. */
function ask(socket: Socket, number: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const end = (roundTripMs?: number) => {
      clearTimeout(timer);
      socket.off("message", receive);
      resolve(roundTripMs);
    };
    const receive = (packet: Buffer) => {
      if (packet.length !== packetSize || packet.readUInt32BE() !== kinds.answer) return;
      // An answer that comes too late must not pass for one to a later question.
      if (packet.readUInt32BE(4) === number) end(Number(now() - packet.readBigUInt64BE(8)) / 1e6);
    };
    const timer = setTimeout(end, timeoutMs);
    socket.on("message", receive);
    const packet = Buffer.alloc(packetSize);
    packet.writeUInt32BE(kinds.ask);
    packet.writeUInt32BE(number, 4);
    packet.writeBigUInt64BE(now(), 8);
    socket.send(packet);
  });
}

/** Nanoseconds by a clock that nobody sets. */
function now(): bigint {
  return process.hrtime.bigint();
}

/** Asks one packet after the other, and sums up. Returns how many were answered. */
async function measure(socket: Socket, count: number): Promise<number> {
  const times: number[] = [];
  for (let number = 1; number <= count; number++) {
    const ms = await ask(socket, number);
    console.log(`${number}: ${ms === undefined ? "lost" : `${ms.toFixed(3)} ms`}`);
    if (ms === undefined) continue;
    times.push(ms);
    if (number < count) await sleep(pauseMs);
  }
  const received = times.length;
  const lost = (100 * (count - received)) / count;
  const average = times.reduce((sum, ms) => sum + ms, 0) / received;
  const spread = [Math.min(...times), average, Math.max(...times)].map((ms) => ms.toFixed(3)).join("/");
  const summary = received > 0 ? `, min/avg/max ${spread} ms` : "";
  console.log(`${count} sent, ${received} received, ${lost.toFixed(0)}% lost${summary}`);
  return received;
}

async function client(address: string, count: number): Promise<void> {
  const socket = createSocket("udp6");
  try {
    socket.connect(port, address);
    await once(socket, "connect");
    // From here on a refusal by the network (no route, no server) is a loss, and those are counted.
    socket.on("error", () => undefined);
    if ((await measure(socket, count)) === 0) process.exitCode = 1;
  } finally {
    socket.close();
  }
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}

const [first = "", second = "10", ...others] = process.argv.slice(2);
const count = Number(second);
if (first === "serve") serve();
else if (isIPv6(first) && Number.isInteger(count) && count > 0 && others.length === 0)
  client(first, count).catch((error: Error) => fail(error.message));
else fail("usage: probe-ts serve\n       probe-ts IPV6-ADDRESS [COUNT]");
