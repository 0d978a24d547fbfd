using System.Management.Automation;
using System.Runtime.Loader;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>What importing the module does to the session and the process.</summary>
public sealed class ModuleTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Import_Engine_LoadsIntoAContextOfItsOwn()
    {
        _session.Write("a.csv", "id,name\n1,a\n");
        _session.Run("Import-EtlCsv a.csv | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id -CreateTable");
        string[] ours = ["EtlEngine", "Microsoft.Data.Sqlite", "SQLitePCLRaw.core", "Polly.Core"];
        AssemblyLoadContext context = Assert.Single(AssemblyLoadContext.All, context => context.Name == "EtlTools");
        Assert.Superset(ours.ToHashSet(), context.Assemblies.Select(assembly => assembly.GetName().Name!).ToHashSet());
        // This test program has a Microsoft.Data.Sqlite of its own in the default context, as other modules do.
        Assert.DoesNotContain(AssemblyLoadContext.Default.Assemblies, assembly => assembly.GetName().Name is "EtlEngine" or "Polly.Core");
        Assert.Contains(AssemblyLoadContext.Default.Assemblies, assembly => assembly.GetName().Name == "EtlCmdlets");
    }

    [Fact]
    public void Import_AgainOrFromAnotherFolder_LeavesAUsableModule()
    {
        _session.Write("a.csv", "id\n1\n");
        Assert.Equal("1", Assert.Single(_session.Run($"Import-Module '{ModuleSession.ManifestPath}' -Force; Remove-Module EtlTools; Import-Module '{ModuleSession.ManifestPath}'; Import-EtlCsv a.csv | ForEach-Object id")).ToString());
        foreach (string file in new[] { "EtlTools.psd1", "EtlTools.types.ps1xml", "EtlTools.format.ps1xml", "EtlCmdlets.dll" })
            File.Copy(Path.Combine(Path.GetDirectoryName(ModuleSession.ManifestPath)!, file), _session.PathOf(file));
        // PowerShell's own message; docs/errors.md says what it means.
        Assert.Contains("DefaultDisplayPropertySet is already present", _session.Try("Import-Module ./EtlTools.psd1").EndingError.ToString(), StringComparison.Ordinal);
        Assert.Equal("1", Assert.Single(_session.Run("Import-EtlCsv a.csv | ForEach-Object id")).ToString());
        Assert.Equal("1", Assert.Single(_session.Run("Remove-Module EtlTools; Import-Module ./EtlTools.psd1; Import-EtlCsv a.csv | ForEach-Object id")).ToString());
    }

    [Fact]
    public void Import_Commands_AreTheExportedOnes()
    {
        var commands = _session.Run("(Get-Command -Module EtlTools).Name");
        var listed = _session.Run($"(Test-ModuleManifest '{ModuleSession.ManifestPath}').ExportedCmdlets.Keys");
        Assert.Equal(listed.Select(name => name.ToString()).Order(), commands.Select(name => name.ToString()).Order());
    }

    /// <summary>Its write methods redact, and it takes care of exceptions that nobody expected.</summary>
    [Fact]
    public void Import_Commands_HaveTheCommonBase()
    {
        var strangers = _session.Run("Get-Command -Module EtlTools | Where-Object { -not $_.ImplementingType.IsSubclassOf([EtlTools.Cmdlets.Pipeline.EtlCmdlet]) } | ForEach-Object Name");
        Assert.Empty(strangers);
    }

    [Theory]
    [InlineData("throw 'mine'", "mine")]
    [InlineData("[int]'abc'", "InvalidCastFromStringToInteger")]
    [InlineData("Get-Item ./nothing -ErrorAction Stop", "PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand")]
    public void Error_OfALaterCommand_StaysItsOwn(string block, string id)
    {
        Outcome outcome = _session.Try($"@{{ id = 1 }} | Invoke-EtlTransform | ForEach-Object {{ {block} }}");
        Assert.Equal(id, outcome.EndingError.FullyQualifiedErrorId);
    }

    [Fact]
    public void Run_OfSomeLength_ShowsProgressByTimeAndNotByRecord()
    {
        _session.Write("a.csv", "id,name\n" + string.Concat(Enumerable.Range(1, 500).Select(i => $"{i},name\n")));
        Outcome outcome = _session.Try("Import-EtlCsv a.csv | Invoke-EtlTransform { if ($_.id -eq '7') { throw 'no' }; $_ } -BufferSize 10 | ForEach-Object { [Threading.Thread]::Sleep(1) }");
        ProgressRecord[] import = [.. outcome.Progress.Where(progress => progress.Activity == "Import-EtlCsv")];
        Assert.InRange(import.Length, 2, 200);
        Assert.All(import[..^1], progress => Assert.InRange(progress.PercentComplete, 0, 100));
        Assert.Equal(ProgressRecordType.Completed, import[^1].RecordType);
        Assert.Contains(outcome.Progress, progress => progress.Activity == "Invoke-EtlTransform" && progress.StatusDescription.Contains("1 failed", StringComparison.Ordinal));
    }
}
