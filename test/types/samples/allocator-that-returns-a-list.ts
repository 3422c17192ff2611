import { definePlugin } from "@dune/core";

export default definePlugin({
  name: "allocator-that-returns-a-list",
  api: 1,
  allocators: {
    // error TS2322: Type 'number[]' is not assignable to type 'Awaitable<Assignment | Misfit>'
    first: { place: (problem) => problem.topology.nodes.map(() => 0) },
  },
});
