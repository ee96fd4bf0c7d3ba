import { parentPort } from 'node:worker_threads';
import { runClassifyTask, type ClassifyTask } from './classify-task.js';

parentPort?.on('message', (task: ClassifyTask) => {
  parentPort?.postMessage(runClassifyTask(task));
});
