using System.Management.Automation;

namespace EtlTools.Shell.Pester;

/// <summary>TestDrive: and $TestDrive, a folder that lives as long as its test file runs.</summary>
internal sealed class TestDrive : IDisposable
{
    private const string Name = "TestDrive";

    private readonly PSCmdlet _command;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("TestDrive");

    public TestDrive(PSCmdlet command)
    {
        _command = command;
        ProviderInfo files = command.SessionState.Provider.GetOne("FileSystem");
        command.SessionState.Drive.New(new PSDriveInfo(Name, files, _folder.FullName, "", null), "global");
        command.SessionState.PSVariable.Set("global:" + Name, _folder.FullName);
    }

    public HashSet<string> Content() => [.. Directory.EnumerateFileSystemEntries(_folder.FullName, "*", SearchOption.AllDirectories)];

    /// <summary>Removes what came after the content was listed.</summary>
    public void Restore(HashSet<string> content)
    {
        foreach (string path in Content().Except(content).OrderByDescending(p => p.Length))
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            else
                File.Delete(path);
        }
    }

    public void Dispose()
    {
        if (_command.SessionState.Path.CurrentLocation.Drive?.Name == Name)
            _command.SessionState.Path.SetLocation(Path.GetTempPath());
        _command.SessionState.Drive.Remove(Name, force: true, "global");
        _command.SessionState.PSVariable.Remove("global:" + Name);
        _folder.Delete(recursive: true);
    }
}
