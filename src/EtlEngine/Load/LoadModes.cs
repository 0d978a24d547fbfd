using EtlTools.Engine.Load.SqlServer;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>What a kind of database can do of what the options ask for.</summary>
internal static class LoadModes
{
    /// <summary>Throws where a kind of database cannot load so.</summary>
    /// <exception cref="EtlException">What to leave out.</exception>
    public static void RequireAble(LoadOptions options, IDialect dialect, EtlRun run)
    {
        if (options.IsOneTransaction && run.MissedPart is { } missed)
            throw Incomplete.NotBegun(options, missed);
        if (dialect is not SqlServerDialect)
            return;
        string? lacking = options.Mode is LoadMode.Append or LoadMode.Replace ? $"-Mode {options.Mode}" : options.DeleteMissing ? "-DeleteMissing" : options.UpdateWhenNewer is not null ? "-UpdateWhenNewer" : null;
        if (lacking is not null)
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"{lacking} is for SQLite and PostgreSQL; into SQL Server records are loaded by their key, and a known key is always updated or left as it is (-Mode Insert). Leave it out.");
    }
}
