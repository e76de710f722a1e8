import { app } from '../vite.app.ts';
import { shell } from './shell.vite.ts';

export default app('/crew/', [shell('/crew/')]);
