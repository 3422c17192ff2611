import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Bed, type Machine, startBed } from "./bed.js";
import { buildLab, bundle, inventory } from "./build-lab.js";

/** What a server's disks and its power do to a lab. /dev/vdb is the machine's spare disk of 32 MiB. */
let bed: Bed;
let server: Machine;
let before: readonly string[];

/** So many that the journal grows over several blocks of the disk. */
const many = Array.from({ length: 150 }, (_, index) => `number-${index}`);

const lab = `
name = "faults"
[infrastructure.nodes.server]
cores = [[1, 2, 3]]
binds = [${many.map((name) => `{ src = "hosts.eta", dst = "/srv/faults/many/${name}" }`)}]
sysctls = { "net.core.rmem_max" = "4194304" }
[topology.nodes.r1]
addrs.eth0 = ["10.0.0.1/24"]
exec = ["mkdir -p /mnt/out"]
templates = { "motd.eta" = "/srv/faults/{{node}}/motd", "hosts.eta" = "/srv/hosts" }
[topology.nodes.r1.pinned]
name = "writer"
cmd = "while :; do echo line >>/mnt/out/lines; sleep 0.1; done"
[topology.nodes.r2]
addrs.eth0 = ["10.0.0.2/24"]
[topology]
links = [{ endpoints = ["r1:eth0", "r2:eth0"], latency = "1ms" }]
`;

beforeAll(async () => {
  bed = await startBed(["server"]);
  [server] = bed.machines as [Machine];
  await buildLab(
    { "topology.toml": lab, "motd.eta": "{{ node }}\n", "hosts.eta": "{{ node }}\n" },
    bed.machines,
  );
  await server.run("ip netns add first; ip netns del first; mkdir -m 755 /var/lib/dune");
  before = await inventory(server);
});
afterAll(() => bed?.stop());

/** What a test has mounted goes; then the machine must be as it was. A test that has failed leaves nothing to the next. */
afterEach(async ({ task }) => {
  await server.run("fsfreeze -u /mnt");
  if (task.result?.state === "fail") await bundle(server, "down");
  await server.run(
    "umount /mnt; rm -f /var/lib/dune/ballast; umount /var/lib/dune; rm -rf /var/lib/dune/faults /mnt/out /srv/hosts",
  );
  if (task.result?.state !== "fail") expect(await inventory(server)).toEqual(before);
});

test("a state folder on a full disk: up says so and leaves nothing", async () => {
  await server.run("mount /dev/vdb /var/lib/dune; dd if=/dev/zero of=/var/lib/dune/ballast bs=64k");
  const up = await bundle(server, "up");
  expect(up.stderr).toMatch(/no space|no room/i);
  expect(up.code).toBe(2);
  expect((await server.run("ls -A /var/lib/dune")).stdout).toBe("ballast\nlost+found");
});

test("a /run from which nothing can be run does no harm; a disk that fills up meanwhile keeps nobody from down", async () => {
  const noexec = await server.run(
    "echo 'echo ran' >/run/probe; chmod 755 /run/probe; /run/probe; rm /run/probe",
  );
  expect(noexec.stderr).toContain("Permission denied");
  await server.run("mount /dev/vdb /var/lib/dune");
  expect(await bundle(server, "up")).toMatchObject({ code: 0 });
  expect(await bundle(server, "exec r1 -- ping -c 1 10.0.0.2")).toMatchObject({ code: 0 });
  await server.run("dd if=/dev/zero of=/var/lib/dune/ballast bs=4k");
  expect((await server.run("head -c 65536 /dev/zero >>/var/lib/dune/ballast")).stderr).toMatch(/no space/i);
  expect(await bundle(server, "status")).toMatchObject({ code: 0 });
  expect(await bundle(server, "down")).toMatchObject({ code: 0 });
});

test("a state folder on a disk that is mounted read-only: up says so and leaves nothing", async () => {
  await server.run("mount -o ro /dev/vdb /var/lib/dune");
  const up = await bundle(server, "up");
  expect(up.stderr).toMatch(/read-only/i);
  expect(up.code).toBe(2);
});

test("a process that cannot be killed yet: down names it, keeps its journal, and ends its work later", async () => {
  await server.run("mount /dev/vdb /mnt");
  expect(await bundle(server, "up")).toMatchObject({ code: 0 });
  // The writer waits then, and so may others, for a moment.
  await server.run("fsfreeze -f /mnt; sleep 2");
  const waiting = "grep -l '^State:.D' /proc/[0-9]*/status | cut -d / -f 3";
  const pids = (await server.run(waiting)).stdout.split("\n");
  expect(pids).toContainEqual(expect.stringMatching(/^\d+$/));
  const down = await bundle(server, "down");
  expect(down.code).toBe(1);
  expect(down.stderr).toMatch(new RegExp(`\\br1/writer\\b.*\\b(${pids.join("|")})\\b`));
  expect(await server.run("test -s /var/lib/dune/faults/journal")).toMatchObject({ code: 0 });
  await server.run("fsfreeze -u /mnt");
  expect(await bundle(server, "down")).toMatchObject({ code: 0 });
  expect(await server.run("ls /mnt")).toMatchObject({ stdout: expect.stringContaining("out") });
});

test("the power goes while the lab is up: what is on the disk is undone", async () => {
  await server.run("echo theirs >/srv/hosts; sync");
  expect(await bundle(server, "up --force")).toMatchObject({ code: 0 });
  // By then the disk's own journal has the names of all files, but what was appended to a file need not be there.
  await server.run("sleep 6");
  await server.cutPower();
  const status = await bundle(server, "status");
  expect(status).toMatchObject({ code: 1, stderr: expect.stringContaining("the server was restarted") });
  const { stdout } = await server.run("cat /srv/hosts; ls /srv/faults/*");
  expect(stdout).not.toContain("theirs");
  expect(stdout.split("\n")).toEqual(expect.arrayContaining(["motd", ...many]));
  expect(await bundle(server, "down")).toMatchObject({ code: 0 });
  expect(await server.run("ls /srv; cat /srv/hosts; rm /srv/hosts")).toMatchObject({
    stdout: "hosts\ntheirs",
  });
  await server.run("ip netns add first; ip netns del first");
});
