/** Programs by what they were made of, in a folder that several dunes may share at once. */
export interface BuildCache {
  readonly folder: string;
}
