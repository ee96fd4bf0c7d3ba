import { DuckDBInstance } from '@duckdb/node-api';
const inst = await DuckDBInstance.create('/tmp/h/scale/scale.duckdb',{access_mode:'READ_ONLY'});
const c = await inst.connect();
for (let i=0;i<2;i++){ const r=await c.runAndReadAll(`EXPLAIN ANALYZE SELECT * FROM step_overlap`); if(i) console.log(r.getRows()[0][1]); }
