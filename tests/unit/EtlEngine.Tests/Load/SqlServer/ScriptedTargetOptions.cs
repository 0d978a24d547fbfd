using EtlTools.Engine.Load;
using EtlTools.Testing.SqlServer;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>How a scripted target is loaded into.</summary>
internal static class ScriptedTargetOptions
{
    extension(ScriptedTarget target)
    {
        public LoadOptions Options => new()
        {
            Provider = "SqlServer",
            ConnectionString = target.Server.ConnectionString,
            Table = "orders",
            Key = ["id"],
            OutageBudget = TimeSpan.FromSeconds(5),
        };
    }
}
