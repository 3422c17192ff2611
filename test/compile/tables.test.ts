import { compile, memoryFiles } from "@dune/core";
import { expect, test } from "vitest";

const topology = `
[infrastructure.nodes.server1]
cores = 4
binds = [{ src = "motd", dst = "/etc/motd" }]
[topology.defaults.nodes]
private = [{ path = "/etc/frr", mode = "0750", owner = "frr:frr" }]
templates = { "motd" = { dst = "/etc/frr/motd", mode = "040", owner = "frr" } }
exec = ["cat /etc/motd"]
[topology.nodes.r0]
private = ["/run/a\\tb", { path = "/var/lib/frr", mode = "000" }]
[topology.nodes.r1]
pinned = [{ cmd = "zebra -f /etc/frr/motd", reload = "vtysh -b", uses = ["/etc/motd"] }]
`;

async function tableOf(name: string): Promise<string> {
  const files = memoryFiles({ "topology.toml": topology, motd: "hello" });
  const { artifacts } = await compile({ file: "topology.toml", format: "dir" }, { files });
  const file = artifacts?.files.find(({ path }) => path === `server1/payload/${name}`);
  return Buffer.concat(file?.chunks ?? []).toString();
}

test("private folders have a table, with modes and owners where they are declared", async () => {
  expect(await tableOf("private")).toBe(
    [
      "r0\t/etc/frr\t750\tfrr:frr\n",
      "r0\t/run/a\\tb\t-\t-\n",
      "r0\t/var/lib/frr\t000\t-\n",
      "r1\t/etc/frr\t750\tfrr:frr\n",
    ].join(""),
  );
});

test("files have an owner as their fifth field", async () => {
  const hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  expect(await tableOf("files")).toBe(
    [
      `/etc/frr/motd\t040\tr0\t${hello}\tfrr\n`,
      `/etc/frr/motd\t040\tr1\t${hello}\tfrr\n`,
      `/etc/motd\t644\t-\t${hello}\t-\n`,
    ].join(""),
  );
});

test("what processes and exec use has a table, with the sha256 of its content; reload is a hook", async () => {
  const hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  expect(await tableOf("uses")).toBe(
    [
      `r0\t.exec\t/etc/motd\t${hello}\n`,
      `r1\t.exec\t/etc/motd\t${hello}\n`,
      `r1\tzebra\t/etc/frr/motd\t${hello}\n`,
      `r1\tzebra\t/etc/motd\t${hello}\n`,
    ].join(""),
  );
  expect(await tableOf("hooks")).toBe("r1\tzebra\treload\t0000\tvtysh -b\n");
});
