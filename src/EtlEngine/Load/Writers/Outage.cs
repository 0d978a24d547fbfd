using System.Globalization;

namespace EtlTools.Engine.Load;

/// <summary>What is said of an outage.</summary>
internal static class Outage
{
    /// <summary>It lasted too long.</summary>
    /// <param name="last">What the target said last; null where no call went out.</param>
    /// <param name="cause">What ended the call.</param>
    /// <param name="terms">How it was tried again.</param>
    /// <param name="lasted">For how long that was.</param>
    public static EtlException Spent(TransientTargetException? last, Exception cause, RetryTerms terms, TimeSpan lasted)
    {
        string what = last?.Message ?? cause.Message.TrimEnd('.');
        string tried = terms.IsPreview ? "-WhatIf does not retry"
            : terms.OutageBudget == TimeSpan.Zero ? "It was not retried (-OutageBudgetSec 0)"
            : string.Create(CultureInfo.InvariantCulture, $"It was retried for {lasted.TotalSeconds:0.#} s (-OutageBudgetSec)");
        return last?.HowToReach is { } advice
            ? new EtlException(FailureCodes.TargetUnavailable, FailureKind.Unavailable, $"{what}. {tried}. {advice}", cause)
            : new EtlException(
                FailureCodes.OutageBudgetSpent, FailureKind.Unavailable,
                $"{what}. {tried}; {terms.State()}. Run it again when the cause is gone.", cause);
    }

    /// <summary>It goes on.</summary>
    public static EtlException GoingOn(TransientTargetException last, RetryTerms terms) => new(
        FailureCodes.TargetUnavailable, FailureKind.Unavailable,
        string.Create(CultureInfo.InvariantCulture, $"{last.Message}. It is retried for up to {terms.OutageBudget.TotalSeconds:0.###} s (-OutageBudgetSec)."),
        last);
}
