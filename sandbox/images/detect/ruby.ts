import { type Folder, firstLine, type Part, readToolVersion } from "./folder.ts";

/** A Ruby project with a Gemfile. */
export function detectRuby(folder: Folder): Part | null {
	if (!folder.has("Gemfile")) return null;
	const isLocked = folder.has("Gemfile.lock");
	const isRails = folder.has("bin/rails");
	const test = chooseTest(folder, isRails);
	const named = /^\s*ruby\s+["'][^\d]*(\d[\w.]*)["']/m.exec(folder.read("Gemfile") ?? "")?.[1];
	const version =
		firstLine(folder.read(".ruby-version"))?.replace(/^ruby-/, "") ??
		readToolVersion(folder, "ruby") ??
		named;
	return {
		setup: [
			// The system's own gems are read-only. Kept in the home, so that the checkout stays as it is.
			"bundle config set --global path ~/.bundle/gems",
			...(isLocked ? ["bundle config set --global frozen true"] : []),
			"bundle install",
		],
		...(test === null ? {} : { test: [test] }),
		...(isRails ? { start: "bundle exec bin/rails server -p 3000", ports: [3000] } : {}),
		...(version === undefined ? {} : { tools: { ruby: version } }),
		found: [
			`${isLocked ? "Gemfile.lock" : "Gemfile"} says what bundler installs`,
			...(test === null ? [] : [`the tests are run by \`${test}\``]),
			...(isRails ? ["bin/rails starts a server on port 3000"] : []),
			...(version === undefined ? [] : [`the repository asks for Ruby ${version}`]),
		],
	};
}

function chooseTest(folder: Folder, isRails: boolean): string | null {
	if (folder.has("spec")) return "bundle exec rspec";
	if (isRails) return "bundle exec bin/rails test";
	return folder.has("Rakefile") ? "bundle exec rake test" : null;
}
