import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

/** A virtual machine with Debian's kernel, as a server that one reaches by ssh. */
export interface Machine {
  readonly name: string;
  /** On the underlay. */
  readonly address: string;
  /** Runs a shell script as root. */
  run(script: string, timeoutSeconds?: number): Promise<Outcome>;
  /** Copies files into /root by scp. */
  copy(...files: readonly string[]): Promise<void>;
  /** Shuts it down in order and starts it again; resolves when one can log in. */
  reboot(): Promise<void>;
  /** Takes the power away and gives it back; resolves when one can log in. */
  cutPower(): Promise<void>;
}

/** The architecture of a machine, as Debian calls it. */
export type Architecture = "amd64" | "arm64";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Bed {
  readonly machines: readonly Machine[];
  stop(): Promise<void>;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * Starts machines of these names on an underlay of their own, and waits until all can be reached. All is in namespaces
 * that end with this process. With a counted clock a machine has one core, and time that a busy host does not stretch.
 *
 * @param architectures of the machines that are not amd64, by name
 */
export async function startBed(
  names: readonly string[],
  clock: "real" | "counted" = "real",
  architectures: Readonly<Record<string, Architecture>> = {},
): Promise<Bed> {
  const wanted: { readonly name: string; readonly arch: Architecture; readonly image: string }[] = [];
  for (const name of names) {
    const arch = architectures[name] ?? "amd64";
    wanted.push({ name, arch, image: await imageFor(arch) });
  }
  const described = wanted.flatMap(({ name, arch, image }) => [name, arch, image]);
  const flags = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"];
  const begin = `mount -t tmpfs tmpfs /run && exec sh '${here("bed.sh")}' "$@"`;
  const child = spawn("unshare", [...flags, "sh", "-c", begin, "sh", clock, ...described], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    child.stdin?.end();
    await ended;
  };
  try {
    await Promise.race([
      new Promise((resolve) => child.stdout?.once("data", resolve)),
      ended.then(() => Promise.reject(new Error("the machines could not be started; see above"))),
    ]);
    const init = firstProcess(child);
    const machines = wanted.map(
      ({ name, image }, index) => new VirtualMachine(name, index + 1, image, child, init),
    );
    await Promise.all(machines.map((machine) => machine.wait(1)));
    return { machines, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The folder of what its machines boot; made where it is not there yet. */
async function imageFor(arch: Architecture): Promise<string> {
  const { stdout } = await execa("sh", [here("image.sh"), arch], { stderr: "inherit" });
  return stdout;
}

function firstProcess(child: ChildProcess): number {
  return Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8"));
}

const bootSeconds = 90;

class VirtualMachine implements Machine {
  readonly name: string;
  readonly address: string;
  readonly #number: number;
  readonly #bed: ChildProcess;
  readonly #init: number;
  readonly #options: readonly string[];

  constructor(name: string, number: number, image: string, bed: ChildProcess, init: number) {
    this.name = name;
    this.address = `198.51.100.${number}`;
    this.#number = number;
    this.#bed = bed;
    this.#init = init;
    const settings = {
      IdentityFile: `${image}/key`,
      StrictHostKeyChecking: "no",
      UserKnownHostsFile: "/dev/null",
      LogLevel: "ERROR",
      ConnectTimeout: "10",
      // Emulated processors take most of a second for a handshake, so there is one for all commands.
      ControlMaster: "auto",
      ControlPath: "/run/%h.ssh",
      ControlPersist: "yes",
    };
    this.#options = [
      ...["-F", "/dev/null"],
      ...Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]),
    ];
  }

  async run(script: string, timeoutSeconds = 60): Promise<Outcome> {
    return this.#inBed(["ssh", ...this.#options, `root@${this.address}`, script], timeoutSeconds);
  }

  async copy(...files: readonly string[]): Promise<void> {
    const { code, stderr } = await this.#inBed(
      ["scp", "-q", ...this.#options, ...files, `root@${this.address}:/root/`],
      60,
    );
    if (code !== 0) throw new Error(`scp to ${this.name}: ${stderr}`);
  }

  async reboot(): Promise<void> {
    await this.run("(sleep 0.3; busybox poweroff) >/dev/null 2>&1 &");
    await this.#startAgain();
  }

  async cutPower(): Promise<void> {
    this.#bed.stdin?.write(`cut ${this.#number}\n`);
    await this.#startAgain();
  }

  async #startAgain(): Promise<void> {
    const boots = this.#boots();
    const until = Date.now() + bootSeconds * 1000;
    while (existsSync(this.#file("pid"))) {
      if (Date.now() > until) throw new Error(this.#silence());
      await sleep(50);
    }
    this.#bed.stdin?.write(`start ${this.#number}\n`);
    await this.wait(boots + 1);
  }

  /** Waits until it has come up so many times, and lets in. */
  async wait(boots: number): Promise<void> {
    const until = Date.now() + bootSeconds * 1000;
    while (this.#boots() < boots) {
      if (Date.now() > until || this.#bed.exitCode !== null) throw new Error(this.#silence());
      await sleep(100);
    }
    // Whoever was connected before does not know that the machine has gone.
    await this.#inBed(["ssh", ...this.#options, "-O", "exit", `root@${this.address}`], 10);
    while ((await this.run("true")).code !== 0) {
      if (Date.now() > until) throw new Error(this.#silence());
      await sleep(100);
    }
  }

  #boots(): number {
    return this.#said("console").split("machine ready").length - 1;
  }

  #file(kind: "pid" | "console" | "qemu"): string {
    return `/proc/${this.#init}/root/run/${this.#number}.${kind}`;
  }

  #said(kind: "console" | "qemu"): string {
    return existsSync(this.#file(kind)) ? readFileSync(this.#file(kind), "utf8") : "";
  }

  #silence(): string {
    const last = `${this.#said("qemu")}${this.#said("console")}`.split("\n").slice(-15).join("\n");
    return `machine ${this.name} did not come up within ${bootSeconds} s; it said last:\n${last}`;
  }

  async #inBed(command: readonly string[], timeoutSeconds: number): Promise<Outcome> {
    const inside = ["-t", String(this.#init), "--net", "--mount", "--pid", ...command];
    const { exitCode, stdout, stderr, timedOut } = await execa("nsenter", inside, {
      reject: false,
      stdin: "ignore",
      timeout: timeoutSeconds * 1000,
    });
    const late = timedOut ? `\nended by the test after ${timeoutSeconds} s` : "";
    return { code: exitCode ?? -1, stdout, stderr: stderr + late };
  }
}
