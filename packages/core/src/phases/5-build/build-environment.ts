import { homedir, userInfo } from "node:os";

/** What a build takes from the environment of dune itself: how to reach things, nothing that a program is made of. */
const passedOn = [
  ...[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
  ],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "CARGO_HOME", "RUSTUP_HOME"],
  ...["GOPATH", "GOMODCACHE", "GOCACHE", "GOPROXY", "GONOSUMDB", "GOSUMDB"],
];

/** The variables of this machine, none of which is part of a key. */
export function machineEnvironment(room: {
  /** For temporary files. */
  readonly temporary: string;
  /** How much the build may do at once. */
  readonly jobs: number;
}): Record<string, string> {
  const { PATH = "/usr/local/bin:/usr/bin:/bin", HOME = homedir(), USER = userInfo().username } = process.env;
  const own = passedOn.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(own),
    PATH,
    HOME,
    USER,
    TMPDIR: room.temporary,
    MAKEFLAGS: `-j${room.jobs}`,
    CMAKE_BUILD_PARALLEL_LEVEL: String(room.jobs),
  };
}
