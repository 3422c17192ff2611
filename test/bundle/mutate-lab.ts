import type { Dice } from "./random.js";
import {
  addLink,
  addRoute,
  type Lab,
  type LabEnd,
  type LabLink,
  type LabNode,
  type LabProcess,
  mtus,
  nodeNames,
  randomExec,
  randomFile,
  randomNode,
  randomProcess,
  randomText,
  rates,
  setAddresses,
  setSysctl,
} from "./random-lab.js";

/** What can be done to a lab, a row of what a change takes each; where there is nothing to do it to, nothing happens. */
const mutations: Readonly<Record<string, (lab: Lab, dice: Dice) => void>> = {
  "a node more": (lab, dice) => {
    const free = nodeNames.find((name) => lab.nodes[name] === undefined);
    if (free === undefined) return;
    lab.nodes[free] = randomNode(dice, lab.servers.length);
    addLink(lab, dice);
  },
  "a node less": (lab, dice) => {
    const names = Object.keys(lab.nodes);
    if (names.length === 1) return;
    const gone = dice.pick(names);
    delete lab.nodes[gone];
    lab.links = lab.links.filter(({ ends }) => ends.every(({ node }) => node !== gone));
  },
  "a node moved": (lab, dice) => {
    const node = anyNode(lab, dice);
    node.server = (node.server + 1) % lab.servers.length;
  },
  "another kind of node": (lab, dice) => {
    const node = anyNode(lab, dice);
    node.kind = node.kind === "node" ? "bridge" : "node";
  },
  "a link more": addLink,
  "a link less": (lab, dice) => {
    lab.links.splice(dice.number(lab.links.length), 1);
  },
  mtu: onLink((link, dice) => {
    link.mtu = dice.chance(25) ? undefined : dice.pick(mtus);
  }),
  bw: onLink((link, dice) => {
    link.bw = dice.chance(30) ? undefined : dice.pick(rates);
  }),
  queue: onLink((link, dice) => {
    link.queue = dice.chance(30) ? undefined : 50 + dice.number(20);
  }),
  mac: onLink((link, dice) => {
    const end = dice.pick<LabEnd>(link.ends);
    end.mac = end.mac === undefined ? `02:00:00:00:09:${10 + dice.number(80)}` : undefined;
  }),
  metric: onLink((link, dice) => {
    link.metric = 1 + dice.number(9);
  }),
  "ends in another order": onLink((link) => {
    link.ends.reverse();
  }),
  "addresses of a link": onLink((link) => {
    link.numbered = !link.numbered;
  }),
  addresses: (lab, dice) => setAddresses(anyNode(lab, dice), dice),
  "a route": (lab, dice) => {
    const node = anyNode(lab, dice);
    if (node.routes.length > 0 && dice.chance(40)) node.routes.splice(dice.number(node.routes.length), 1);
    else addRoute(node, dice);
  },
  "a sysctl": (lab, dice) => setSysctl(anyNode(lab, dice), dice),
  "a sysctl of the server": (lab, dice) => {
    const { sysctls } = dice.pick(lab.servers);
    if (sysctls["net.ipv4.ip_default_ttl"] !== undefined && dice.chance(50))
      delete sysctls["net.ipv4.ip_default_ttl"];
    else sysctls["net.ipv4.ip_default_ttl"] = String(70 + dice.number(5));
  },
  "a file of the server": (lab, dice) => {
    const { files } = dice.pick(lab.servers);
    if (files.s0 !== undefined && dice.chance(40)) delete files.s0;
    else files.s0 = randomText(dice);
  },
  "a command of setup": (lab, dice) => {
    dice.pick(lab.servers).setup.push(`true ${dice.number(9)}`);
  },
  "what a file holds": (lab, dice) => {
    const files = Object.values(anyNode(lab, dice).files);
    if (files.length > 0) dice.pick(files).text = randomText(dice);
  },
  "a file's mode and owner": (lab, dice) => {
    const files = Object.values(anyNode(lab, dice).files);
    if (files.length === 0) return;
    const file = dice.pick(files);
    file.mode = dice.pick(["640", "444", "700"]);
    file.owner = dice.chance(50) ? "65533" : undefined;
  },
  "a file more, less or elsewhere": (lab, dice) => {
    const { files } = anyNode(lab, dice);
    const name = dice.pick(["f0", "f1", "f2"]);
    if (files[name] !== undefined && dice.chance(50)) delete files[name];
    else files[name] = randomFile(dice);
  },
  "private folders": (lab, dice) => {
    const node = anyNode(lab, dice);
    node.private = !node.private;
  },
  "exec appended": (lab, dice) => {
    anyNode(lab, dice).exec.push(randomExec(dice));
  },
  "exec changed": (lab, dice) => {
    anyNode(lab, dice).exec = dice.chance(30) ? [] : [randomExec(dice)];
  },
  "a process more or less": (lab, dice) => {
    const { processes } = anyNode(lab, dice);
    const name = dice.pick(["p0", "p1", "p2"]);
    if (processes[name] === undefined) processes[name] = randomProcess(dice);
    else delete processes[name];
  },
  "a command": onProcess((process, dice) => {
    process.seconds = 2000 + dice.number(500);
  }),
  "another process": onProcess((process, dice) => {
    Object.assign(process, randomProcess(dice));
  }),
  environment: onProcess((process, dice) => {
    process.environ = dice.chance(30) ? {} : { LEVEL: `c ${dice.number(9)}`, MORE: "x" };
  }),
  cores: onProcess((process) => {
    process.cores = 1 - process.cores;
  }),
  ready: onProcess((process) => {
    process.ready = !process.ready;
  }),
};

/** Another lab, by some changes to this one, and what they are. */
export function mutated(lab: Lab, dice: Dice): { readonly lab: Lab; readonly changes: readonly string[] } {
  const other = structuredClone(lab);
  const changes = Array.from({ length: 1 + dice.number(3) }, () => dice.pick(Object.keys(mutations)));
  for (const change of changes) mutations[change]?.(other, dice);
  return { lab: other, changes };
}

function anyNode(lab: Lab, dice: Dice): LabNode {
  return dice.pick(Object.values(lab.nodes));
}

function onLink(change: (link: LabLink, dice: Dice) => void) {
  return (lab: Lab, dice: Dice): void => {
    if (lab.links.length > 0) change(dice.pick(lab.links), dice);
  };
}

function onProcess(change: (process: LabProcess, dice: Dice) => void) {
  return (lab: Lab, dice: Dice): void => {
    const processes = Object.values(lab.nodes).flatMap((node) => Object.values(node.processes));
    if (processes.length > 0) change(dice.pick(processes), dice);
  };
}
