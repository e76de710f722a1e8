import { app } from '../vite.app.ts';
import { serviceWorker } from './serviceWorker.plugin.ts';

export default app('/professional/', [serviceWorker()]);
