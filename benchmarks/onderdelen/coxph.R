# Cox regression on the rows of onderdelen/gegevens.py: Rscript coxph.R FOLDER VARIANT OUT
# VARIANT: coxph (clustered by client), coxph_plain (model-based), coxph_calendar (clustered, one row per month,
# with month of the year and a natural spline in calendar time).
args <- commandArgs(trailingOnly = TRUE)
folder <- args[1]
variant <- args[2]
out <- args[3]

clock <- function(expr) {
  t <- system.time(value <- expr, gcFirst = FALSE)
  list(value = value, wall = t[["elapsed"]], cpu = t[["user.self"]] + t[["sys.self"]])
}
column <- function(name) {
  path <- file.path(folder, paste0(name, ".i4"))
  readBin(path, "integer", n = file.size(path) / 4, size = 4, endian = "little")
}
as_factor <- function(code, labels) structure(code + 1L, levels = labels, class = "factor")

load <- clock(suppressPackageStartupMessages(library(survival)))
phases <- c("geen", "tijdens", "na_0_6", "na_6_18", "na_18")
read <- clock({
  d <- data.frame(client = column("client"), start = column("start"), stop = column("stop"), uit = column("uit"))
  kalender <- column("kalender")
  d$fase <- as_factor(column("fase"), phases)
  for (name in c("geslacht", "opleiding", "leeftijd", "team")) {
    code <- column(name)
    d[[name]] <- as_factor(code, as.character(0:max(code)))
  }
})

build <- clock(if (variant == "coxph_calendar") {
  n <- d$stop - d$start
  row <- rep.int(seq_len(nrow(d)), n)
  step <- sequence(n) - 1L
  last <- step == n[row] - 1L
  first <- d$start[row] + step
  month <- kalender[row] + step
  d <- d[row, ]
  d$uit <- ifelse(last, d$uit, 0L)
  d$start <- first
  d$stop <- first + 1L
  d$maand <- as_factor(month %% 12L, as.character(1:12))
  trend <- splines::ns((month - min(kalender)) / 12, df = 3)
  for (k in 1:3) d[[paste0("trend", k)]] <- trend[, k]
  rownames(d) <- NULL
})

fit <- clock(switch(variant,
  coxph = coxph(Surv(start, stop, uit) ~ fase + geslacht + opleiding + leeftijd + team, data = d, cluster = client),
  coxph_plain = coxph(Surv(start, stop, uit) ~ fase + geslacht + opleiding + leeftijd + team, data = d),
  coxph_calendar = coxph(
    Surv(start, stop, uit) ~ fase + geslacht + opleiding + leeftijd + team + maand + trend1 + trend2 + trend3,
    data = d, cluster = client
  )
))

beta <- coef(fit$value)
se <- sqrt(diag(vcov(fit$value)))
keep <- !grepl("^(maand|trend)", names(beta))
term <- sub("^(fase|geslacht|opleiding|leeftijd|team)", "\\1=", names(beta))
pairs <- sprintf('"%s": [%.17g, %.17g]', term, beta, se)[keep]
steps <- function(what) {
  sprintf('"load": %.6f, "read": %.6f, "build": %.6f, "fit": %.6f',
          load[[what]], read[[what]], build[[what]], fit[[what]])
}
writeLines(sprintf('{"wall": {%s}, "cpu": {%s}, "estimates": {%s}}', steps("wall"), steps("cpu"),
                   paste(pairs, collapse = ", ")), out)
