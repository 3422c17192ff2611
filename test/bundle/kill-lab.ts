import { type HandMadeLab, node, sha256, text, writeBundle } from "./payload.js";
import { dump, type Outcome, type Phynode } from "./phynode.js";
import { exchange, pair } from "./small-lab.js";

/** A lab that has one of everything that could stay behind, and beside it what looks like it and is not its own. */

const app = "app\n";
const bird = "router id 10.0.0.1;\nprotocol device {}\n";

/** It leaves its session, its parent and its environment. */
const escaped = "env -i setsid sh -c 'sleep 4001 & sleep 4001' >/dev/null 2>&1 &";

export const everything: HandMadeLab = {
  lab: "small",
  phynode: "server1",
  keys: { address: "198.51.100.1" },
  tables: [
    ...pair,
    ...exchange,
    {
      tunnels: [
        ["r1", "vx0", 4, "02:00:00:00:00:31", 1400, 9, "198.51.100.1", "198.51.100.2", "r1:vx0-r9:vx0"],
      ],
      interfaces: [["r1", "vx0", "-"]],
      qdiscs: [["r0", "eth0", 10_000_000, 20_000, "-", "-"]],
      routes: [["r0", "0001", 4, "192.0.2.0/24 via 10.0.0.2"]],
      files: [
        ["/srv/made/here/app.conf", 640, "r0", sha256(app), "65534"],
        ["/srv/made/bird.conf", 644, "r0", sha256(bird), "-"],
        ["/srv/shared/lab.conf", 644, "r0", sha256(app), "-"],
        ["relative.conf", 644, "r1", sha256(app), "-"],
      ],
      private: [["r0", "/srv/own", "-", "-"]],
      sysctls: [["-", 1, "0001", "net/ipv4/ip_default_ttl", 77]],
      setup: [
        ["pre", "0001", "sleep 0.05"],
        ["post", "0001", "sleep 0.05"],
      ],
      exec: [
        ["r0", "0001", 20, "sleep 0.05"],
        ["r1", "0001", 20, "sleep 0.05"],
      ],
      processes: [
        ["r0", "bird", "-", 5, "bird -s /srv/own/bird.ctl -P /srv/own/bird.pid -c /srv/made/bird.conf"],
        ["r0", "idle", "-", 5, "exec sleep 4000"],
        ["r1", "escaped", "-", 5, text(escaped)],
      ],
      hooks: [
        ["r0", "bird", "ready", "0001", "birdc -s /srv/own/bird.ctl show status"],
        ["r0", "idle", "post_up", "0001", "sleep 0.05"],
        ["r0", "idle", "pre_down", "0001", "sleep 0.05"],
        ["r0", "idle", "down", "0001", "sleep 0.05"],
      ],
    },
  ],
  contents: [app, bird],
};

/** One more process, which does not end by SIGTERM. */
export const stubborn: HandMadeLab = {
  ...everything,
  tables: [
    ...everything.tables,
    {
      processes: [
        ["r0", "stubborn", "-", 5, text("trap '' TERM HUP INT; while :; do sleep 1; echo alive; done")],
      ],
    },
  ],
};

const neighbour: HandMadeLab = {
  lab: "small2",
  phynode: "server2",
  tables: [
    node("z0"),
    {
      files: [
        ["/srv/shared/z0.conf", 644, "z0", sha256(app), "-"],
        ["/srv/made/z0.conf", 644, "z0", sha256(app), "-"],
      ],
      processes: [
        ["z0", "idle", "-", 5, "exec sleep 4002"],
        ["z0", "daemon", "-", 5, "setsid sleep 4003 &"],
      ],
    },
  ],
  contents: [app],
};

/** The underlay, and the canaries: all of them must still be there, as they were, after whatever happens to the lab. */
const canaries = `
  ip link add name und type veth peer name und2
  ip addr add 198.51.100.1/24 dev und
  ip link set dev und up
  ip link set dev und2 up
  ip netns add r0x
  ip link add name eth0 type veth peer name br0
  ip -n r0x link add name eth0 type veth peer name vx0
  mkdir -p /srv/shared/here /srv/elsewhere /srv/own2
  echo mine >/srv/shared/lab.conf
  chmod 604 /srv/shared/lab.conf
  chown 65534 /srv/shared/lab.conf
  for file in /srv/shared/lab.conf.bak /srv/shared/.dune-1 /srv/shared/here/app.conf; do echo other >$file; done
  for run in 1 00000000-0000-0000-0000-000000000000; do
    DUNE_PROC=small2/r0/idle DUNE_RUN=$run setsid sleep 4004 >/dev/null 2>&1 &
    DUNE_PROC=small/r0/idle DUNE_RUN=$run setsid sleep 4005 >/dev/null 2>&1 &
  done
  setsid ip netns exec r0x sleep 4006 >/dev/null 2>&1 &
`;

export interface KillTest {
  readonly run: Phynode["run"];
  readonly folder: string;
  /** Runs this command of the bundle as a whole, and fails if it fails. */
  command(words: string): Outcome;
  /** All differences to what was there before the lab. */
  leftBehind(): string;
  /** Takes the lab down with its logs, and returns what is left behind: nothing. */
  downAndLook(): string;
  readonly bundle: string;
}

/** @param lab what a bundle is made of, or where there is one */
export function startKillTest(server: Phynode, lab: HandMadeLab | string): KillTest {
  const other = writeBundle(server.folder, neighbour);
  const bundle = typeof lab === "string" ? lab : writeBundle(server.folder, lab);
  const up = server.run(`${canaries}\nsh ${other} up`);
  if (up.code !== 0) throw new Error(up.stderr);
  // The neighbour's keeper sleeps from time to time, and its `up` has left the machine-wide lock, which any `down` removes.
  const passing = /^(sleep (0\.1|1)|\/run\/dune\/\.machine\.lock .*)\s*$/;
  const look = (): string => {
    const all = `${dump(server)}\n${server.run("ls /var/lib/dune; cat /srv/shared/lab.conf").stdout}`;
    return all
      .split("\n")
      .filter((line) => !passing.test(line))
      .join("\n");
  };
  const before = look();
  const leftBehind = (): string => {
    const after = look();
    const status = server.run(`sh ${other} status`);
    const gone = before.split("\n").filter((line) => !after.split("\n").includes(line));
    const more = after.split("\n").filter((line) => !before.split("\n").includes(line));
    const marked = [...gone.map((line) => `- ${line}`), ...more.map((line) => `+ ${line}`)];
    if (marked.length === 0 && after !== before) marked.push(`${before}\n----\n${after}`);
    return [...marked, ...(status.code === 0 ? [] : [status.stdout, status.stderr])].join("\n");
  };
  const command = (words: string): Outcome => {
    const outcome = server.run(`timeout 40 sh ${bundle} ${words}`);
    if (outcome.code !== 0) throw new Error(`${words} ended with ${outcome.code}: ${outcome.stderr}`);
    return outcome;
  };
  const downAndLook = (): string => {
    command("down --purge");
    return leftBehind();
  };
  return { run: server.run, folder: server.folder, command, leftBehind, downAndLook, bundle };
}

/** `shell`: the command's own shell; `group`: its process group, what has a session of its own lives on; `all`: those, too. */
export const scopes = ["shell", "group", "all"] as const;
export type Scope = (typeof scopes)[number];

/** A shell function `end PID SCOPE`. All helpers have KILL_MARK in their environment, the user's commands do not. */
export const endCommand = `
end() {
  case $2 in
    shell) kill -KILL "$1" ;;
    group) kill -KILL "-$1" ;;
    all) kill -KILL $(grep -lsz '^KILL_MARK=1$' /proc/[0-9]*/environ | tr -c '0-9\\n' ' ') ;;
  esac
}`;
