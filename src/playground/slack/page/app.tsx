import { WorkspacePage } from "./shell/workspace-page.tsx";
import { useRoute } from "./state/use-route.ts";

export function App() {
	const [route, goTo] = useRoute();
	return <WorkspacePage key={route.user} route={route} goTo={goTo} />;
}
