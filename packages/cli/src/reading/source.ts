/** What is read piece by piece. */
export interface Source {
  read(into: Uint8Array): Promise<number>;
}
