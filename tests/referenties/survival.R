# Reference results of R survival for late_intrede.csv, as JSON on standard output.
#   Rscript tests/referenties/survival.R tests/referenties/late_intrede.csv > tests/referenties/survival.json
suppressPackageStartupMessages(library(survival))
gegevens <- read.csv(commandArgs(trailingOnly = TRUE)[1])
gegevens$id <- seq_len(nrow(gegevens))
gegevens$naar <- factor(gegevens$event, 0:2, labels = c("censored", "one", "two"))

aj <- survfit(Surv(entry, exit, naar) ~ 1, data = gegevens, id = id)
exits <- rowSums(aj$n.event[, 2:3]) > 0
cox <- coxph(Surv(entry, exit, event == 1) ~ x, data = gegevens, ties = "efron")
breslow <- coxph(Surv(entry, exit, event == 1) ~ x, data = gegevens, ties = "breslow")

getallen <- function(v) paste0("[", paste(sprintf("%.15g", v), collapse = ", "), "]")
regel <- function(naam, v) sprintf('  "%s": %s', naam, v)
cat("{\n", paste(c(
  regel("r", sprintf('"%s"', R.version.string)),
  regel("survival", sprintf('"%s"', packageVersion("survival"))),
  regel("time", getallen(aj$time[exits])),
  regel("at_risk", getallen(aj$n.risk[exits, 1])),
  regel("survived", getallen(aj$pstate[exits, 1])),
  regel("incidence_1", getallen(aj$pstate[exits, 2])),
  regel("incidence_2", getallen(aj$pstate[exits, 3])),
  regel("cox_efron", getallen(c(coef(cox), sqrt(vcov(cox))))),
  regel("cox_breslow", getallen(c(coef(breslow), sqrt(vcov(breslow)))))
), collapse = ",\n"), "\n}\n", sep = "")
