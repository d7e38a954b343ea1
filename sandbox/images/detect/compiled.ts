import { type Folder, firstLine, type Part, readToolVersion } from "./folder.ts";

/** A Go module. */
export function detectGo(folder: Folder): Part | null {
	if (!folder.has("go.mod")) return null;
	const version = /^go (\d+(\.\d+)*)/m.exec(folder.read("go.mod") ?? "")?.[1];
	const isVendored = folder.has("vendor/modules.txt") || folder.has("vendor");
	return {
		setup: isVendored ? [] : ["go mod download"],
		build: ["go build ./..."],
		test: ["go test ./..."],
		...(folder.has("main.go") ? { start: "go run ." } : {}),
		...(version === undefined ? {} : { tools: { go: `>=${version}` } }),
		found: [
			isVendored ? "go.mod is a Go module that brings its dependencies along" : "go.mod is a Go module",
			...(folder.has("main.go") ? ["main.go can be started"] : []),
			...(version === undefined ? [] : [`go.mod asks for Go ${version} or newer`]),
		],
	};
}

/** A Rust crate or workspace. */
export function detectCargo(folder: Folder): Part | null {
	if (!folder.has("Cargo.toml")) return null;
	const locked = folder.has("Cargo.lock") ? " --locked" : "";
	const file = folder.find("rust-toolchain.toml", "rust-toolchain");
	const channel = /(?:channel\s*=\s*["']|^\s*)(\d[\w.-]*)/m.exec(folder.read(file ?? "") ?? "")?.[1];
	return {
		setup: [`cargo fetch${locked}`],
		build: [`cargo build${locked}`],
		test: [`cargo test${locked}`],
		...(channel === undefined ? {} : { tools: { rust: channel } }),
		found: [
			locked === "" ? "Cargo.toml is a Rust crate" : "Cargo.toml and Cargo.lock are a Rust crate",
			...(channel === undefined ? [] : [`${file} asks for Rust ${channel}`]),
		],
	};
}

/** A Java or Kotlin project of Maven or Gradle; the wrapper in the repository comes first. */
export function detectJvm(folder: Folder): Part | null {
	const gradle = folder.find("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts");
	const mark = folder.find("pom.xml") ?? gradle;
	if (mark === undefined) return null;
	const isMaven = mark === "pom.xml";
	const wrapper = isMaven ? "mvnw" : "gradlew";
	const hasWrapper = folder.has(wrapper);
	// Called by the shell: the file's mode is not always kept.
	const program = hasWrapper ? `sh ./${wrapper}` : isMaven ? "mvn" : "gradle";
	const command = `${program} ${isMaven ? "-B -ntp" : "--no-daemon --console=plain"}`;
	const version = firstLine(folder.read(".java-version")) ?? readToolVersion(folder, "java");
	const number = version === undefined ? undefined : /\d+(\.\d+)*/.exec(version)?.[0];
	return {
		build: [isMaven ? `${command} -DskipTests package` : `${command} assemble`],
		test: [`${command} test`],
		...(number === undefined ? {} : { tools: { java: number } }),
		found: [
			`${mark} is built by ${isMaven ? "Maven" : "Gradle"}, which also brings the dependencies`,
			...(hasWrapper ? [`${wrapper} brings the right version of it`] : []),
			...(number === undefined ? [] : [`the repository asks for Java ${number}`]),
		],
	};
}
