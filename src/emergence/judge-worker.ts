import { parentPort } from 'node:worker_threads';
import { judgeOne, type JudgeJob } from './judge-one.js';

parentPort?.on('message', (job: JudgeJob) => parentPort?.postMessage(judgeOne(job)));
