using System.Globalization;

namespace EtlTools.Engine.Load;

/// <summary>What is said of an outage.</summary>
internal static class Outage
{
    /// <summary>It lasted too long.</summary>
    public static EtlException Spent(string what, Exception last, LoadOptions options) => new(
        FailureCodes.OutageBudgetSpent, FailureKind.Unavailable,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{what}. It was tried again for {options.OutageBudget.TotalSeconds:0.###} s (-OutageBudgetSec); nothing of the open batch was loaded. Run it again when the database is free."),
        last);

    /// <summary>It goes on.</summary>
    public static EtlException GoingOn(TransientTargetException last, LoadOptions options) => new(
        FailureCodes.TargetUnavailable, FailureKind.Unavailable,
        string.Create(CultureInfo.InvariantCulture, $"{last.Message}. It is tried again for up to {options.OutageBudget.TotalSeconds:0.###} s (-OutageBudgetSec)."),
        last);
}
