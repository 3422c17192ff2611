export function gridLab(width: number, height: number): { "topology.toml": string; "bird.conf.eta": string };
