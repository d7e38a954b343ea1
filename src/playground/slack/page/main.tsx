import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { fromPermalink } from "./state/route.ts";

const hash = fromPermalink(location.pathname, location.search);
if (hash !== null) history.replaceState(null, "", `/playground/slack/${hash}`);

const root = document.getElementById("root");
if (root === null) throw new Error("there is no element to draw into");
createRoot(root).render(<App />);
