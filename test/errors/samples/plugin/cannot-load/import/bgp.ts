import { definePlugin } from "@dune/core";
import { rib } from "./rib.ts";

export default definePlugin({ name: rib, api: 1 });
