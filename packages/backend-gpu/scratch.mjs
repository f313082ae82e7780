process.env.VK_ICD_FILENAMES='/usr/lib/chromium/vk_swiftshader_icd.json';
import { webgpu } from './dist/index.js';
import * as tl from '@tensorloom/tensor';
const b = webgpu(); await tl.use(b);
const t0=performance.now();
const step=async(n,f)=>{const t=performance.now(); const r=f(); await r.data(); console.log(n,(performance.now()-t).toFixed(0),'ms', (process.memoryUsage().rss/1e6).toFixed(0),'MB'); };
await step('gemm',()=>tl.ones([64,64]).matmul(tl.ones([64,64])));
await step('conv1d',()=>tl.conv1d(tl.ones([2,9,3]),tl.ones([3,3,4])));
await step('conv2d',()=>tl.conv2d(tl.ones([2,9,9,4]),tl.ones([3,3,4,8])));
await step('conv2d c3',()=>tl.conv2d(tl.ones([2,9,9,3]),tl.ones([3,3,3,8])));
await step('conv2d c3',()=>tl.conv2d(tl.ones([2,9,9,3]),tl.ones([3,3,3,5])));
await step('conv3d',()=>tl.conv3d(tl.ones([2,5,5,5,3]),tl.ones([3,3,3,3,5])));
process.exit(0)
