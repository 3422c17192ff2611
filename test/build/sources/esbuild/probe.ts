import { cpus } from "node:os";
import { shout } from "loud";
import { word } from "./word.ts";

const count: number = cpus().length;
console.log(shout(word), count > 0);
