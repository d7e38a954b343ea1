import { loadCatalogue } from "./catalogue.ts";
import { createOrders } from "./orders.ts";
import { createRoutes } from "./routes.ts";
import { createShopServer } from "./server.ts";

const port = Number(process.env.PORT ?? 4000);
const catalogue = loadCatalogue(new URL("../data/products.json", import.meta.url));
const server = createShopServer(createRoutes({ catalogue, orders: createOrders() }));
server.listen(port, "127.0.0.1", () => console.log(`The shop is open at http://127.0.0.1:${port}`));
