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
  ...["GOPATH", "GOMODCACHE", "GOCACHE", "GOPROXY", "GOSUMDB"],
  ...["GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE"],
];

/** What a command of a build runs with, or a tool that is asked what it is: the one must be the other. */
export function commandEnvironment(
  own: Readonly<Record<string, string>>,
  place: {
    readonly folder: string;
    /** For temporary files. */
    readonly temporary: string;
    /** How much the build may do at once. */
    readonly jobs: number;
  },
): Record<string, string> {
  return {
    ...machineEnvironment(),
    TMPDIR: place.temporary,
    MAKEFLAGS: `-j${place.jobs}`,
    CMAKE_BUILD_PARALLEL_LEVEL: String(place.jobs),
    PWD: place.folder,
    ...own,
  };
}

/** The variables of this machine, none of which is part of a key. */
function machineEnvironment(): Record<string, string> {
  const { PATH = "/usr/local/bin:/usr/bin:/bin", HOME = homedir(), USER = userInfo().username } = process.env;
  const own = passedOn.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(own), PATH, HOME, USER };
}
