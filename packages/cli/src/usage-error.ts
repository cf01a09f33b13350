/** The command line is wrong; the message says which word of it. Exit status 2. */
export class UsageError extends Error {}
