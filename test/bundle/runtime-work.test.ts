import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Tables, text, writeBundle } from "./payload.js";
import { dump, isRoot, type Outcome, type Phynode, startPhynode } from "./phynode.js";
import { process, smallLab } from "./small-lab.js";

describe.skipIf(!isRoot)("working with a lab", () => {
  let server: Phynode;
  let bundle: string;
  beforeAll(() => {
    server = startPhynode();
  });
  afterAll(() => server.stop());
  afterEach(() => {
    server.run(`sh ${bundle} down; rm -rf /srv/* /var/lib/dune`);
  });

  const up = (...tables: readonly Tables[]): void => {
    bundle = writeBundle(server.folder, smallLab(...tables));
    expect(server.run(`sh ${bundle} up`)).toMatchObject({ code: 0, stderr: expect.stringContaining("up: ") });
  };
  const dune = (words: string): Outcome => server.run(`cd /srv && sh ${bundle} ${words}`);

  describe("shell", () => {
    /** Types the lines into a shell that has a terminal. */
    const typed = (lines: readonly string[]): Outcome =>
      server.run(
        `{ sleep 0.7; printf '%s\\n' "$LINES_TYPED"; } | SHELL=/bin/sh TERM=vt220 script -qec 'sh ${bundle} shell r0' /dev/null`,
        { LINES_TYPED: lines.join("\n") },
      );

    test.each(["bash", "sh"])("is %s in the node, says where it is, ends with its code", (shell) => {
      up();
      const bash = server.run("readlink -f $(command -v bash)").stdout.trim();
      if (shell === "sh") server.run(`mount --bind /dev/null ${bash}`);
      const { code, stdout } = typed([
        "ip -brief link show dev eth0",
        `echo "[\${BASH_VERSION:+bash}|$HOME|$TERM|$DUNE_PROC|$PATH]"`,
        "echo /etc/host*; (exit 3); exit 7",
      ]);
      if (shell === "sh") server.run(`umount ${bash}`);
      expect(stdout).toContain("[small/r0] /var/lib/dune/small/root# ");
      expect(stdout).toContain("02:00:00:00:00:01");
      expect(stdout).toContain(
        `[${shell === "bash" ? "bash" : ""}|/root|vt220|small/r0/.exec|/var/lib/dune/small/payload/bin:/usr/sbin`,
      );
      expect(code).toBe(7);
    });

    test("of an unknown node tells which there are", () => {
      up();
      expect(dune("shell nope")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("the nodes here are: r0 r1"),
      });
      expect(dune("shell r0 -- ls").code).toBe(1);
    });
  });

  describe("logs", () => {
    const folder = "/var/lib/dune/small/log/r0";
    const tables: readonly Tables[] = [
      process("a", "echo from a; exec sleep 1000"),
      process("b.c", "echo from b >&2; exec sleep 1000"),
      { exec: [["r0", "0001", 5, "echo from exec"]] },
    ];

    test("of one process as they are, of all with a line above each, older generation first", () => {
      up(...tables);
      expect(dune("logs r0 a")).toEqual({ code: 0, stdout: "from a\n", stderr: "" });
      server.run(`echo older >${folder}/a.log.1`);
      const all = [
        `==> ${folder}/+exec.log <==\nfrom exec\n`,
        `==> ${folder}/a.log.1 <==\nolder\n`,
        `==> ${folder}/a.log <==\nfrom a\n`,
        `==> ${folder}/b.c.log <==\nfrom b\n`,
      ];
      expect(dune("logs r0")).toEqual({ code: 0, stdout: all.join("\n"), stderr: "" });
      expect(dune("logs r0 a").stdout).toBe(`${all[1]}\n${all[2]}`);
      expect(dune("logs r0 +exec").stdout).toBe("from exec\n");
      expect(server.run(`sh ${bundle} down`).code).toBe(0);
      expect(dune("logs r0").stdout).toBe(all.join("\n"));
    });

    test("of what is not there tell what is", () => {
      up(...tables);
      expect(dune("logs r0 nope")).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/no process 'nope'\n.*it has: \+exec a b\.c/),
      });
      expect(dune("logs nope")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("the nodes here are: r0 r1"),
      });
      expect(dune("logs r1")).toMatchObject({ code: 0, stderr: expect.stringContaining("has no logs") });
      expect(dune("logs r1 a").code).toBe(1);
      for (const wrong of ["", "-x r0", "r0 a b", "../x", "'*'", "."])
        expect(dune(`logs ${wrong}`).code).toBe(1);
      server.run(`rm ${folder}/a.log`);
      expect(dune("logs r0 a")).toEqual({
        code: 0,
        stdout: "",
        stderr: "dune: server1: there is no log of r0/a yet\n",
      });
    });

    test("of a lab that was never up, and of one whose 'up' is at work", () => {
      bundle = writeBundle(
        server.folder,
        smallLab(process("a", "sleep 1"), { exec: [["r0", "0001", 50, "echo soon; exec sleep 40"]] }),
      );
      expect(dune("logs r0")).toMatchObject({ code: 0, stdout: "" });
      expect(dune("logs r0").stderr).toContain("there is no log of r0/+exec yet");
      const half = server.run(
        `sh ${bundle} up >/dev/null 2>&1 & up=$!; sleep 1.5; sh ${bundle} logs r0; kill $up; wait $up`,
      );
      expect(half.stdout).toContain("soon\n");
      expect(half.stderr).toContain("there is no log of r0/a yet");
    });

    test("-f goes on over a rotation until it is interrupted, and leaves nothing", () => {
      up(...tables);
      const before = dump(server);
      const script = `
        sh ${bundle} logs r0 a -f >/srv/one 2>/dev/null & one=$!
        sh ${bundle} logs -f r0 >/srv/all 2>/dev/null & all=$!
        sleep 1
        mv ${folder}/a.log ${folder}/a.log.1; echo after >${folder}/a.log
        sleep 2.5
        echo more >>${folder}/a.log
        sleep 1.5
        kill -INT $one $all; kill $one $all; wait $one; wait $all; cat /srv/one; echo; cat /srv/all; rm /srv/one /srv/all`;
      const followed = server.run(script).stdout;
      expect(followed.slice(0, followed.indexOf("\n\n"))).toBe("from a\nafter\nmore");
      expect(server.run(`timeout 1 sh ${bundle} logs r0 a -f`).stdout).toBe(
        `==> ${folder}/a.log.1 <==\nfrom a\n\n==> ${folder}/a.log <==\nafter\nmore\n`,
      );
      expect(followed).toContain(`==> ${folder}/+exec.log <==\nfrom exec\n`);
      expect(followed).toMatch(/from b\n(?:.*\n)*after\nmore\n/);
      server.run(`rm ${folder}/a.log.1`);
      expect(dump(server)).toBe(before);
    });
  });

  describe("capture", () => {
    const ping = "-- ping -q -c 3 -i 0.2 -W 2 10.0.0.1";
    const read = (file: string): string => server.run(`tcpdump -nr - icmp <${file} 2>/dev/null`).stdout;

    test("writes real packets as they come, ends on SIGINT, and leaves nothing", () => {
      up();
      const before = dump(server);
      const script = `
        sh ${bundle} capture r0:eth0 >/srv/x.pcap & capture=$!
        until [ -s /srv/x.pcap ]; do sleep 0.1; done; sh ${bundle} exec r1 ${ping}; sleep 0.2
        tcpdump -nr - icmp </srv/x.pcap 2>/dev/null >/srv/meanwhile
        ps -o user= -p $capture
        kill -INT $capture; wait $capture`;
      const capture = server.run(script);
      expect(capture.code).toBe(0);
      expect(server.run("cat /srv/meanwhile").stdout).toBe(read("/srv/x.pcap"));
      expect(read("/srv/x.pcap").match(/echo request/g)).toHaveLength(3);
      expect(read("/srv/x.pcap")).toContain("10.0.0.2 > 10.0.0.1: ICMP echo request");
      server.run("rm /srv/*");
      expect(dump(server)).toBe(before);
    });

    test("passes arguments on, and ends when nobody reads any more", () => {
      up();
      const before = dump(server);
      const limited = `sh ${bundle} capture r0:eth0 -c 2 'icmp[icmptype] == 8' >/srv/x.pcap & capture=$!
        until [ -s /srv/x.pcap ]; do sleep 0.1; done; sh ${bundle} exec r1 ${ping}; wait $capture`;
      expect(server.run(limited).code).toBe(0);
      expect(read("/srv/x.pcap").trim().split("\n")).toHaveLength(2);
      const unread = `{ sh ${bundle} capture r0:eth0 & echo $! >/srv/pid; wait; } | head -c 24 >/dev/null & sleep 1
        sh ${bundle} exec r1 ${ping}; sleep 0.5; ! kill -0 $(cat /srv/pid)`;
      expect(server.run(unread).code).toBe(0);
      server.run("rm /srv/*");
      expect(dump(server)).toBe(before);
    });

    test("refuses a terminal, what is not there, and a server without tcpdump", () => {
      up();
      const refused = (words: string): Outcome => server.run(`sh ${bundle} capture ${words} >/srv/x.pcap`);
      expect(refused("r0:eth9")).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/node r0 has no interface 'eth9'\n.*it has: lo eth0/),
      });
      expect(refused("r9:eth0")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("the nodes here are: r0 r1"),
      });
      for (const wrong of ["", "r0", ":eth0", "r0:", "r0:eth"]) expect(refused(wrong).code).toBe(1);
      const terminal = server.run(`script -qec 'sh ${bundle} capture r0:eth0' /dev/null`);
      expect(terminal.code).toBe(1);
      expect(terminal.stdout).toContain(`ssh root@SERVER ${bundle} capture r0:eth0 | wireshark -k -i -`);
      const tool = server.run("readlink -f $(command -v tcpdump)").stdout.trim();
      server.run(`mount --bind /dev/null ${tool}`);
      const missing = refused("r0:eth0");
      server.run(`umount ${tool}`);
      expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("install tcpdump") });
    });
  });

  describe("collect", () => {
    const unpack = (file: string): string[] => {
      const script = `rm -rf /srv/seen; mkdir /srv/seen; tar -xzf ${file} -C /srv/seen && cd /srv/seen && find . -type f | sort`;
      return server.run(script).stdout.trim().split("\n");
    };
    const seen = (path: string): string => server.run(`cat '/srv/seen/${path}'`).stdout;
    const always = ["./facts.txt", "./manifest.json", "./status.json"];

    test("takes logs, results, manifest, status and facts into one private file", () => {
      up(
        process("p", "echo said; mkdir -p out/deep; echo 1 >out/a.csv; echo 2 >out/deep/b.csv; sleep 1000"),
        {
          sysctls: [["-", 1, "0001", "net/ipv4/ip_default_ttl", 77]],
          results: [
            ["r0", "./out/*.csv"],
            ["r0", "out"],
            ["r0", "none/*"],
            ["r1", "/srv/r1/*.log"],
          ],
        },
      );
      server.run("mkdir /srv/r1; echo x >/srv/r1/x.log; echo y >/srv/r1/y.txt; sleep 0.3");
      const before = dump(server);
      const done = dune("collect");
      expect(done).toMatchObject({ code: 0, stdout: "" });
      expect(done.stderr).toContain("results of r0: nothing is at none/*");
      const size = server.run("stat -c '%a %s' /srv/small-server1.tar.gz").stdout.trim().split(" ");
      expect(size[0]).toBe("600");
      expect(done.stderr).toContain(
        `collected 1 log, 3 result files, manifest, status and facts in small-server1.tar.gz, ${size[1]} bytes`,
      );
      expect(unpack("/srv/small-server1.tar.gz")).toEqual([
        ...always.slice(0, 1),
        "./logs/r0/p.log",
        "./manifest.json",
        "./results/r0/out/a.csv",
        "./results/r0/out/deep/b.csv",
        "./results/r1/srv/r1/x.log",
        "./status.json",
      ]);
      expect(seen("results/r0/out/deep/b.csv")).toBe("2\n");
      expect(seen("manifest.json")).toBe('{"lab":"small"}\n');
      expect(JSON.parse(seen("status.json"))).toMatchObject({ state: "up", drift: [] });
      const facts = seen("facts.txt");
      for (const line of ["kernel: Linux ", "cores: 0", "iproute2: ip utility", "memory: "])
        expect(facts).toContain(`\n${line}`);
      expect(facts).toContain("sysctl net/ipv4/ip_default_ttl: 77 (the lab's: 77)");
      expect(facts).toMatch(/\nboot id: [0-9a-f-]{36}\n/);
      server.run("rm -r /srv/seen /srv/*.gz");
      expect(dump(server)).toBe(before);
    });

    test("never overwrites, and writes to standard output", () => {
      up();
      server.run("echo mine >/srv/x; ln -s nowhere /srv/y; echo mine >/srv/small-server1.tar.gz");
      for (const name of ["x", "y", "", "/srv/x"]) {
        const refused = dune(`collect ${name}`);
        expect(refused.code).toBe(1);
        expect(refused.stderr).toContain(`${name || "small-server1.tar.gz"} exists already`);
      }
      expect(server.run("cat /srv/x /srv/small-server1.tar.gz; readlink /srv/y; ls /srv").stdout).toBe(
        "mine\nmine\nnowhere\nsmall-server1.tar.gz\nx\ny\n",
      );
      for (const wrong of ["a b", "-z", "''", "/srv/none/x", "/srv/"])
        expect(dune(`collect ${wrong}`).code).toBe(1);
      const piped = dune("collect - | tar -tzf -");
      expect(piped.stdout).toContain("status.json\n");
      expect(server.run(`script -qec 'sh ${bundle} collect -' /dev/null`)).toMatchObject({ code: 1 });
      expect(dune("collect ../srv/z").code).toBe(0);
      expect(server.run("ls /srv").stdout).toBe("small-server1.tar.gz\nx\ny\nz\n");
    });

    test("takes odd names, and evaluates nothing of them", () => {
      const odd = "a b'\"$(touch evil)`touch evil`;\\n\n*";
      up(process("p", "sleep 1000"), {
        results: [
          ["r0", text(`/srv/${odd}`)],
          ["r0", text("/srv/$(touch /srv/evil)*")],
          ["r0", text("/srv/in `touch evil` '\"/*")],
          ["r0", "../../../../../../../etc/hostname"],
          ["r0", "/srv/dots/.*"],
          ["r0", "-/x"],
        ],
      });
      server.run('cd /srv; printf odd >"$ODD"; mkdir -p dots; touch dots/.in', {
        ODD: `${odd.replace("\\n", "").replace("*", "x")}`,
      });
      server.run("cd /srv; mkdir 'in `touch evil` '\\''\"'; echo in >\"$(echo in*)/ f \"");
      const before = server.run("find /srv").stdout;
      const done = dune("collect x");
      expect(done.stderr).toContain("has '..' in it and is left out");
      expect(done.code).toBe(0);
      expect(server.run("find /srv ! -path /srv/x").stdout).toBe(before);
      const names = server.run("tar -tzf /srv/x | grep results").stdout;
      expect(names).toContain("results/r0/srv/in `touch evil` '\"/ f \n");
      expect(names).toContain("results/r0/srv/dots/.in\n");
      expect(names).not.toContain("hostname");
    });

    test("follows nobody's links but root's, and takes regular files only", () => {
      up(process("p", "sleep 1000"), {
        results: [
          ["r0", "/srv/open/*"],
          ["r0", "/srv/open/way/*"],
          ["r0", "/srv/open/way/"],
          ["r0", "/srv/own/*"],
        ],
      });
      server.run(`cd /srv; mkdir open secret; echo secret >secret/shadow; mkfifo open/fifo
        ln -s /srv/secret/shadow open/link; ln -s /srv/secret open/way; chown -h 65534 open/*; chown 65534 open
        echo fine >open/file; ln -s /srv/open own`);
      const done = dune("collect x");
      expect(done.code).toBe(0);
      expect(done.stderr).toMatch(
        /results of r0: \/srv\/open\/way\/shadow is behind a link of user \w+, which is not followed/,
      );
      expect(unpack("/srv/x").filter((name) => name.includes("results"))).toEqual([
        "./results/r0/srv/open/file",
        "./results/r0/srv/own/file",
      ]);
    });

    test("finds a result below a private path where the node has put it", () => {
      up(process("p", "sleep 1000"), {
        private: [
          ["r0", "/srv/run/p", "-", "-"],
          ["r1", "/srv/other", "755", "-"],
        ],
        results: [
          ["r0", "/srv/run/p/*.log"],
          ["r0", "/srv/run/p2/x"],
          ["r0", "/srv/other/x"],
        ],
      });
      server.run(`mkdir -p /var/lib/dune/small/private/r0/srv/run/p /srv/run/p /srv/run/p2 /srv/other
        echo private >/var/lib/dune/small/private/r0/srv/run/p/a.log
        echo common | tee /srv/run/p/a.log /srv/run/p2/x /srv/other/x`);
      expect(dune("collect x").code).toBe(0);
      unpack("/srv/x");
      expect(seen("results/r0/srv/run/p/a.log")).toBe("private\n");
      expect(seen("results/r0/srv/run/p2/x")).toBe("common\n");
      expect(seen("results/r0/srv/other/x")).toBe("common\n");
    });

    test("is not hindered by files that grow, shrink and go, nor by thousands of them", () => {
      up(process("p", "while sleep 0.001; do echo line; done >out"), {
        results: [
          ["r0", "out"],
          ["r0", "/srv/many/*"],
        ],
      });
      server.run(`mkdir -p /srv/many/d; cd /srv/many; seq -f %g.csv 1 6000 | xargs touch
        (while :; do head -c 3000000 /dev/zero >d/big; : >d/big; rm d/big; done) >/dev/null 2>&1 & echo $! >/srv/pid`);
      for (let round = 0; round < 3; round++) {
        const done = dune(`collect x${round}`);
        expect(done).toMatchObject({
          code: 0,
          stderr: expect.stringMatching(/collected 1 log, 600[12] result files/),
        });
        expect(server.run(`tar -tzf /srv/x${round} | grep -c csv`).stdout).toBe("6000\n");
      }
      server.run("kill $(cat /srv/pid)");
    });

    test("of a lab that is half up, restarted, or down takes what is left", () => {
      up(process("p", "echo said; sleep 1000"), { results: [["r0", "/srv/kept"]] });
      server.run("echo kept >/srv/kept; sed -i '/^up/d' /var/lib/dune/small/journal");
      expect(dune("collect half").code).toBe(0);
      expect(unpack("/srv/half")).toContain("./results/r0/srv/kept");
      expect(JSON.parse(seen("status.json"))).toMatchObject({ state: "not up", why: "interrupted" });
      server.run(`sh ${bundle} down`);
      const done = dune("collect down");
      expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining("lab small is not up") });
      expect(unpack("/srv/down")).toEqual([
        "./facts.txt",
        "./logs/r0/p.log",
        "./manifest.json",
        "./results/r0/srv/kept",
        "./status.json",
      ]);
      expect(seen("logs/r0/p.log")).toBe("said\n");
      server.run("rm -r /var/lib/dune");
      expect(dune("collect never").code).toBe(0);
      expect(unpack("/srv/never")).toEqual(always);
    });

    test("a full disk and an interruption leave no half-made archive", () => {
      up(process("p", "sleep 1000"), { results: [["r0", "/srv/big"]] });
      const before = dump(server);
      server.run(
        "head -c 100000000 /dev/urandom >/srv/big; mkdir /srv/s; mount -t tmpfs -o size=1m t /srv/s",
      );
      const full = dune("collect s/x");
      expect(full.code).toBe(1);
      expect(full.stderr).toContain("s/x could not be written");
      expect(server.run("ls -A /srv/s; umount /srv/s; rmdir /srv/s").stdout).toBe("");
      const killed = server.run(
        `cd /srv; sh ${bundle} collect x & collect=$!; sleep 0.6; kill $collect; wait $collect; echo $?; rm big`,
      );
      expect(killed.stdout).toBe("1\n");
      expect(dump(server)).toBe(before);
    });
  });
});
