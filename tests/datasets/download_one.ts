/** Downloads the seven bytes "weights" from the address into the folder: what a test runs with an environment of its own. */
import { downloadWeights } from "../../datasets/download.ts";

const [url = "", folder = ""] = Deno.args;
const sha256 = "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c";

await downloadWeights({
  name: "net",
  dataset: "none",
  path: "weights/net.pth",
  sha256,
  architecture: "none",
  download: { url, bytes: 7, sha256 },
  source: "the test",
  licence: "none",
  caveats: [],
}, { folder });
