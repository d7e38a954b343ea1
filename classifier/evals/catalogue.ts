import type { CatalogueEntry } from "../catalogue.ts";

/** The repositories of an invented marketplace company, described as such companies describe theirs. */
export const catalogue: CatalogueEntry[] = [
	repository("storefront-web", {
		description:
			"The marketplace as shoppers see it in a browser: home, product pages, basket, checkout pages",
		hints: "Anything a customer sees or clicks on the website. Server-rendered React; talks to all services.",
		aliases: ["storefront"],
		languages: ["TypeScript", "CSS"],
		topics: ["nextjs", "react", "seo"],
	}),
	repository("ios-app", {
		description: "The shopper's app for iPhone and iPad",
		hints: "Crashes from TestFlight, App Store releases, Apple Pay sheet, widgets.",
		aliases: ["iphone app"],
		languages: ["Swift"],
		topics: ["ios", "swiftui", "mobile"],
	}),
	repository("android-app", {
		description: "The shopper's app for Android phones and tablets",
		hints: "Play Store releases, Google Pay sheet, Gradle builds.",
		aliases: ["droid"],
		languages: ["Kotlin"],
		topics: ["android", "jetpack-compose", "mobile"],
	}),
	repository("seller-portal", {
		description: "Web dashboard for sellers: listings, stock, their orders and statements",
		hints: "What a seller or merchant sees after logging in. Bulk CSV upload of listings lives here.",
		aliases: ["merchant dashboard"],
		languages: ["TypeScript"],
		topics: ["react", "vite", "dashboard"],
	}),
	repository("backoffice", {
		description: "Internal console for customer support and fraud review",
		hints: "Only staff use it: look up a customer, refund button, ban a seller, audit trail.",
		aliases: ["support console"],
		languages: ["Ruby"],
		topics: ["rails", "internal"],
	}),
	repository("payments-api", {
		description: "Charges and refunds of shoppers: payment intents, saved cards, idempotent HTTP API",
		hints: "Business rules of a payment. Everything inside the company calls this one, not the gateway.",
		aliases: [],
		languages: ["TypeScript"],
		topics: ["payments", "postgres"],
	}),
	repository("payments-gateway", {
		description: "Adapter between us and the card processors: 3-D Secure, tokens, processor webhooks",
		hints:
			"Protocol details of Adyen and Stripe, certificates, retries towards processors, webhook signatures.",
		aliases: [],
		languages: ["Go"],
		topics: ["payments", "pci", "webhooks"],
	}),
	repository("payouts", {
		description: "Pays sellers: weekly bank transfers, fees, statements",
		hints: "SEPA and ACH files, seller balances, tax forms of sellers.",
		aliases: ["payout service"],
		languages: ["Go"],
		topics: ["payments", "finance"],
	}),
	repository("orders-service", {
		description: "Life of an order from basket to delivered: states, cancellations, returns",
		hints: "The order state machine and its events. Not shipping labels, not money.",
		aliases: [],
		languages: ["Java"],
		topics: ["kafka", "spring"],
	}),
	repository("catalog-service", {
		description: "Products, categories, prices and stock counts",
		hints: "Product import, variants, price lists, currency conversion of list prices.",
		aliases: [],
		languages: ["Java"],
		topics: ["spring", "postgres"],
	}),
	repository("search", {
		description: "Search index and query API for products: relevance, synonyms, facets, autocomplete",
		hints: "Results in a wrong order, no results, slow suggestions.",
		aliases: ["product search"],
		languages: ["Python"],
		topics: ["opensearch", "ranking"],
	}),
	repository("recommendations", {
		description: "Models for 'you may also like' and the personalised home feed",
		hints: "Training jobs, feature store, offline metrics such as NDCG.",
		aliases: ["recs"],
		languages: ["Python"],
		topics: ["ml", "pytorch"],
	}),
	repository("shipping", {
		description: "Carriers, labels, parcel tracking and delivery dates",
		hints: "DHL, UPS and PostNL integrations, thermal label PDFs, delivery estimate.",
		aliases: [],
		languages: ["TypeScript"],
		topics: ["carriers", "logistics"],
	}),
	repository("identity", {
		description: "Accounts and login: passwords, sessions, single sign-on, two-factor codes",
		hints: "OAuth, password reset tokens, account deletion under GDPR.",
		aliases: ["auth service"],
		languages: ["Go"],
		topics: ["oauth", "security"],
	}),
	repository("notifications", {
		description: "Sends e-mail, push and SMS; holds their templates in all languages",
		hints: "Order confirmation mails, unsubscribe links, quiet hours, bounce handling.",
		aliases: ["mailer"],
		languages: ["Elixir"],
		topics: ["email", "push", "sms"],
	}),
	repository("plume", {
		description: "Design system: tokens, icons and React components shared by all web apps",
		hints: "Storybook, dark mode tokens, accessibility of buttons, inputs and modals.",
		aliases: ["design system"],
		languages: ["TypeScript", "CSS"],
		topics: ["components", "storybook", "a11y"],
	}),
	repository("developer-docs", {
		description: "Public documentation of our API for partners, with guides and the OpenAPI reference",
		hints: "docs.orchard.example; Markdown pages, code samples, changelog for partners.",
		aliases: ["partner docs"],
		languages: ["MDX"],
		topics: ["docs", "openapi"],
	}),
	repository("partner-api", {
		description: "The public REST API that partners integrate with: keys, rate limits, versioning",
		hints: "Everything under api.orchard.example. Thin: calls the services behind it.",
		aliases: ["public api"],
		languages: ["Go"],
		topics: ["api", "rest"],
	}),
	repository("marketing-site", {
		description: "Company website: landing pages, blog, careers, press",
		hints: "www.orchard.example/about and the campaign pages; no shop.",
		aliases: ["company website"],
		languages: ["Astro"],
		topics: ["landing", "blog"],
	}),
	repository("infra", {
		description: "Terraform for AWS accounts, networks, databases and DNS",
		hints: "New buckets, IAM roles, RDS sizes, certificates, VPN.",
		aliases: ["terraform"],
		languages: ["HCL"],
		topics: ["aws", "terraform"],
	}),
	repository("deploy", {
		description:
			"Helm charts and Argo CD applications of all services: replicas, memory, environment, ingress",
		hints:
			"Anything about how a service runs in Kubernetes; pods, limits, cron schedules, secrets references.",
		aliases: ["helm charts"],
		languages: ["YAML"],
		topics: ["kubernetes", "argocd", "helm"],
	}),
	repository("ci-actions", {
		description: "Shared GitHub Actions and reusable workflows used by every repository",
		hints: "Slow builds everywhere, cache action, release workflow, dependency update bot settings.",
		aliases: ["shared workflows"],
		languages: ["TypeScript", "Shell"],
		topics: ["ci", "github-actions"],
	}),
	repository("data-pipelines", {
		description: "Airflow jobs and dbt models that fill the warehouse and the finance reports",
		hints: "Snowflake tables, nightly loads, wrong numbers in a Looker dashboard.",
		aliases: ["dbt"],
		languages: ["Python", "SQL"],
		topics: ["airflow", "warehouse"],
	}),
	repository("event-schemas", {
		description: "Protobuf and JSON schemas of all Kafka events and tracking events, with generated clients",
		hints: "Add a field to an event; compatibility check.",
		aliases: ["tracking plan"],
		languages: ["Protobuf"],
		topics: ["kafka", "schemas"],
	}),
	repository("load-tests", {
		description: "k6 load tests and the weekly capacity report",
		hints: "Black Friday rehearsal scripts.",
		aliases: ["k6"],
		languages: ["JavaScript"],
		topics: ["performance"],
	}),
];

function repository(name: string, more: Omit<CatalogueEntry, "id" | "owner" | "name">): CatalogueEntry {
	return { id: `id-${name}`, owner: "orchard", name, ...more };
}
