using System.Globalization;

namespace EtlTools.Engine.Load;

/// <summary>The messages about an outage.</summary>
internal static class Outage
{
    /// <summary>The outage lasted too long.</summary>
    /// <param name="last">The target's last failure; null if no call was made.</param>
    /// <param name="cause">What ended the call.</param>
    /// <param name="terms">How the call was retried.</param>
    /// <param name="lasted">How long it was retried.</param>
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
                $"{what}. {tried}; {terms.State()}. {(last is null ? null : terms.OwnCause(last)) ?? "Run it again when the cause is gone."}", cause);
    }

    /// <summary>The outage continues.</summary>
    public static EtlException GoingOn(TransientTargetException last, RetryTerms terms) => new(
        FailureCodes.TargetUnavailable, FailureKind.Unavailable,
        string.Create(CultureInfo.InvariantCulture, $"{last.Message}. It is retried for up to {terms.OutageBudget.TotalSeconds:0.###} s (-OutageBudgetSec).{(terms.OwnCause(last) is { } own ? $" {own}" : "")}"),
        last);
}
