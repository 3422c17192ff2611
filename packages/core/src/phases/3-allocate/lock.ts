export * from "../1-parse/lock.js";
