/** The command `page-owner`. */
export { main } from './main.js';
