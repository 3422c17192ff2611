import { Gzip } from "fflate";
import { createTarPacker } from "modern-tar";
import type { PayloadFile } from "./payload.js";

/** Not zlib: its bytes can differ from one Node.js to the next. Level 3 is twice as fast as 6 and 2 % larger here. */
const level = 3;
const batchBytes = 1 << 20;
/** On the server nobody else reads what the state folder holds; the runtime gives each file its own mode at its path. */
const memberMode = 0o600;

/** A tar.gz of the payload, streamed: a carried file is never whole in memory. The same input is the same bytes. */
export async function archive(payload: readonly PayloadFile[]): Promise<readonly Uint8Array[]> {
  const { readable, controller } = createTarPacker();
  const compressed = compress(readable);
  for (const { name, content } of payload) {
    const { size, chunks } =
      "text" in content ? inOne(content.text) : { size: content.size, chunks: content.stream() };
    const header = { name, size, mode: memberMode, mtime: new Date(0), type: "file" } as const;
    const writer = controller.add(header).getWriter();
    for await (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  }
  controller.finalize();
  return compressed;
}

function inOne(text: string): { readonly size: number; readonly chunks: readonly Uint8Array[] } {
  const bytes = new TextEncoder().encode(text);
  return { size: bytes.length, chunks: [bytes] };
}

async function compress(tar: ReadableStream<Uint8Array>): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  const gzip = new Gzip({ level, mtime: 0 }, (chunk) => chunks.push(chunk));
  // Headers come as chunks of 512 bytes; compressing each by itself would cost more than the data.
  let batch: Uint8Array[] = [];
  let length = 0;
  const flush = (last: boolean) => {
    gzip.push(Buffer.concat(batch), last);
    batch = [];
    length = 0;
  };
  for await (const chunk of tar) {
    batch.push(chunk);
    length += chunk.length;
    if (length >= batchBytes) flush(false);
  }
  flush(true);
  return chunks;
}
