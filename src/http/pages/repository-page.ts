import { html } from "hono/html";
import type { Image, RepositoryBuilds } from "../../contract/image.ts";
import { page } from "./page.ts";

/** Which repositories there are. */
export function repositoriesPage(
	repositories: { repositoryId: string; repository: string; description: string }[],
) {
	return page(
		"Repositories",
		html`<ul>
			${repositories.map(
				({ repositoryId, repository, description }) =>
					html`<li><a href="/repositories/${repositoryId}">${repository}</a> <small>${description}</small></li>`,
			)}
		</ul>`,
	);
}

/** How a repository is built. `written`: a recipe that was refused, with why. */
export function repositoryPage(builds: RepositoryBuilds, written?: { text: string; problems: string[] }) {
	const { repository, recipe, newestImage, imageInUse } = builds;
	const address = `/repositories/${repository.id}`;
	const shown = [newestImage, imageInUse?.id === newestImage?.id ? null : imageInUse].filter(
		(image) => image !== null,
	);
	return page(
		repository.fullName,
		html`<p><a href="/repositories">All repositories</a></p>
			${builds.trouble === null ? "" : html`<p class="problem">${builds.trouble}</p>`}
			<h2>Recipe</h2>
			${
				recipe === null
					? html`<p>It is known when the first image has been built.</p>`
					: html`<p>${SOURCE_WORDS[recipe.source]}</p>
						<pre>${recipe.text}</pre>
						<ul>${recipe.found.map((words) => html`<li>${words}</li>`)}</ul>`
			}
			<form method="post" action="${address}/recipe">
				<label for="text">Another recipe, which beats the repository's own (empty: none)</label>
				<textarea id="text" name="recipeText" rows="10" spellcheck="false">
${written?.text ?? builds.recipeText ?? ""}</textarea
				>
				${(written?.problems ?? []).map((line) => html`<p class="problem" role="alert">${line}</p>`)}
				<label><input type="checkbox" name="buildsOnPush" ${builds.buildsOnPush ? "checked" : ""} />
					Build at once when ${repository.defaultBranch} is pushed to</label>
				<button>Save</button>
			</form>
			<h2>Images</h2>
			<form method="post" action="${address}/images"><button>Build now</button></form>
			${
				builds.nextTryAt === null
					? ""
					: html`<p>Building failed ${builds.failures} time${builds.failures === 1 ? "" : "s"}; it is tried again
						by itself after ${builds.nextTryAt}.</p>`
			}
			${shown.length === 0 ? html`<p>None has been built yet.</p>` : ""}
			${shown.map((image) => imagePart(image, repository.id, image.id === imageInUse?.id))}`,
	);
}

const SOURCE_WORDS = {
	edited: "Written here.",
	file: "From .bobbin.yml in the repository; what it leaves open was found from its files.",
	detected: "Found from the repository's files.",
};
const STATE_WORDS = { building: "being built", ready: "ready", failed: "failed", deleted: "removed" };

function imagePart(image: Image, repositoryId: string, isInUse: boolean) {
	return html`<section>
		<h3>${image.commit.slice(0, 8)}: ${STATE_WORDS[image.state]}${isInUse ? ", in use" : ""}</h3>
		<p>Begun ${ageWords(image.ageMs)} ago${image.sizeBytes === null ? "" : `, ${sizeWords(image.sizeBytes)}`}.</p>
		${
			image.problem === null
				? ""
				: html`<p class="problem">${image.step === null ? "" : `${image.step}: `}${image.problem.message}</p>`
		}
		<table>
			${image.steps.map(
				(step) =>
					html`<tr>
						<td>${step.step}</td>
						<td><code>${step.command ?? ""}</code>${step.warning ? html`<br />${step.warning}` : ""}</td>
						<td>${(step.durationMs / 1000).toFixed(1)} s</td>
						<td>${step.exitCode === null || step.exitCode === 0 ? "" : `exit code ${step.exitCode}`}</td>
					</tr>`,
			)}
		</table>
		<pre>${image.logTail}</pre>
		<a href="/api/repositories/${repositoryId}/images/${image.id}/log">The whole log</a>
	</section>`;
}

function ageWords(ageMs: number): string {
	const minutes = Math.floor(ageMs / 60_000);
	if (minutes < 1) return "less than a minute";
	if (minutes < 120) return `${minutes} minute${minutes === 1 ? "" : "s"}`;
	const hours = Math.floor(minutes / 60);
	return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
}

function sizeWords(bytes: number): string {
	return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
