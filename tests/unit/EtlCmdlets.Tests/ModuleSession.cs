using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace EtlTools.Cmdlets.Tests;

/// <summary>A runspace with the built module imported, as a user's session has it, and a folder of its own.</summary>
public sealed class ModuleSession : IDisposable
{
    private readonly Runspace _runspace;

    public ModuleSession()
    {
        var state = InitialSessionState.CreateDefault2();
        state.ThreadOptions = PSThreadOptions.UseCurrentThread;
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
        Folder = Directory.CreateTempSubdirectory("etltools-test-").FullName;
        Run($"Import-Module '{ManifestPath}'");
        _runspace.SessionStateProxy.Path.SetLocation(Folder);
    }

    /// <summary>The built module's manifest: what build.ps1 assembled, never a bin folder.</summary>
    public static string ManifestPath { get; } = FindManifest();

    /// <summary>A temporary folder, which is the session's location.</summary>
    public string Folder { get; }

    /// <summary>The path of a file in the folder.</summary>
    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Writes a file into the folder and returns its path.</summary>
    public string Write(string name, string content)
    {
        string path = PathOf(name);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>Runs a script that must not write an error.</summary>
    public Collection<PSObject> Run(string script)
    {
        Outcome outcome = Try(script);
        if (outcome.Terminating is not null)
            throw new InvalidOperationException($"{script}\n{outcome.Terminating}", outcome.Terminating);
        if (outcome.Errors.Count > 0)
            throw new InvalidOperationException($"{script}\n{outcome.Errors[0]}");
        return outcome.Output;
    }

    /// <summary>Runs a script and keeps all that came of it.</summary>
    public Outcome Try(string script)
    {
        using PowerShell shell = Shell(script);
        var output = new Collection<PSObject>();
        Exception? terminating = null;
        try
        {
            shell.Invoke(null, output);
        }
        catch (RuntimeException e)
        {
            terminating = e;
        }
        return new Outcome(
            output,
            [.. shell.Streams.Error],
            [.. shell.Streams.Warning.Select(warning => warning.Message)],
            [.. shell.Streams.Progress],
            terminating);
    }

    /// <summary>A shell of this session, for tests that stop it.</summary>
    public PowerShell Shell(string script)
    {
        var shell = PowerShell.Create();
        shell.Runspace = _runspace;
        return shell.AddScript(script);
    }

    public void Dispose()
    {
        _runspace.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static string FindManifest([CallerFilePath] string here = "")
    {
        string? module = Environment.GetEnvironmentVariable("ETLTOOLS_MODULE");
        if (module is null)
        {
            string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
            module = Directory.GetDirectories(Path.Combine(root, "output", "EtlTools")).Order().Last();
        }
        return Path.Combine(module, "EtlTools.psd1");
    }
}

/// <summary>All that came of a script.</summary>
public sealed record Outcome(
    Collection<PSObject> Output,
    IReadOnlyList<ErrorRecord> Errors,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<ProgressRecord> Progress,
    Exception? Terminating)
{
    /// <summary>The error that ended the pipeline: thrown, or the last of the error stream.</summary>
    public ErrorRecord EndingError => (Terminating as IContainsErrorRecord)?.ErrorRecord ?? Errors[^1];
}
