import { bad, ok, type Parsed, quoted } from "./parsed.js";

/** One end of a link. */
export interface Endpoint {
  readonly node: string;
  readonly interface: string;
}

/** `node:interface`. Whether both are good names is for the caller to check. */
export function parseEndpoint(text: string): Parsed<Endpoint> {
  if (text.startsWith("@")) {
    return bad(
      `the endpoint ${quoted(text)} is outside the lab: connections to the outside world are not supported yet`,
      `connect two nodes, such as "r0:eth0" and "r1:eth0"`,
    );
  }
  const [node = "", name, ...more] = text.split(":");
  if (name === undefined) {
    const hint = text === "" ? `write node:interface, such as "r0:eth0"` : `write ${quoted(`${text}:eth0`)}`;
    return bad(`the endpoint ${quoted(text)} names no interface`, hint);
  }
  if (more.length > 0) {
    return bad(
      `the endpoint ${quoted(text)} has more than one ":"`,
      `write node:interface, such as "r0:eth0"`,
    );
  }
  if (node === "" || name === "") {
    return bad(
      `the endpoint ${quoted(text)} has no ${node === "" ? `node before the ":"` : `interface after the ":"`}`,
      `write node:interface, such as "r0:eth0"`,
    );
  }
  return ok({ node, interface: name });
}
