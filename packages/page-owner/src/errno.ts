/** Error numbers that files return, by their names. */
export type Errno = 'EACCES' | 'EINVAL' | 'ENOMEM' | 'E2BIG' | 'ERANGE' | 'EOVERFLOW' | 'ESPIPE';
