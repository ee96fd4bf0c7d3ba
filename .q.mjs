import { runQuery } from './dist/queries/run-query.js';
import { loadQuery } from './dist/queries/library.js';
const db='/tmp/h/scale/scale.duckdb';
for (const name of ['step-overlap','report-step-overlap','step-overlap','report-step-overlap']) {
 const t=performance.now(), c=process.cpuUsage();
 const r=await runQuery({db, query: loadQuery({name})});
 const u=process.cpuUsage(c);
 console.log(name, r.rows.length, (performance.now()-t).toFixed(0), ((u.user+u.system)/1000).toFixed(0));
}
