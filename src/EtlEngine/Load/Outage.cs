using System.Globalization;

namespace EtlTools.Engine.Load;

/// <summary>The end of an outage that lasted too long.</summary>
internal static class Outage
{
    public static EtlException Spent(TransientTargetException last, LoadOptions options) => new(
        FailureCodes.OutageBudgetSpent, FailureKind.Unavailable,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{last.Message}. It was tried again for {options.OutageBudget.TotalSeconds:0.###} s (-OutageBudgetSec); nothing of the open batch was loaded. Run it again when the database is free."),
        last);
}
