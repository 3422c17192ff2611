/** A file whose content is wanted. */
export interface WantedContent {
  readonly sha256: string;
  /** Whose bundle holds it. */
  readonly phynode: string;
}

/** Contents of files by their sha256. */
export interface Contents {
  /** Those of the wanted ones that there are; what is not what its sum says is not there. */
  read(wanted: readonly WantedContent[]): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** Of a manifest alone. */
export const noContents: Contents = { read: async () => new Map() };
