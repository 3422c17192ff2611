import { definePlugin } from "@dune/core";

export default definePlugin({ name: "jinja", api: 1 });
