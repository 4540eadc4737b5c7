#Requires -RunAsAdministrator
<#
.SYNOPSIS
    Installs the photobot watcher of this camera laptop as a scheduled task that starts with Windows.

.DESCRIPTION
    Uses only what Windows ships. The task runs a small command file that this script writes beside the log; it
    starts the watcher again whenever it ends, except when a setting is wrong (exit status 2). Run it again with
    other values to change them. A second booth: run it once more with another -Booth, -Hotfolder and -TokenFile.

.EXAMPLE
    powershell -ExecutionPolicy Bypass -File install-windows-service.ps1 `
        -Server http://192.168.1.10:8080 -Booth booth-1 `
        -Hotfolder C:\photobot\hotfolder -TokenFile C:\photobot\booth-1.token `
        -Python C:\photobot\.venv\Scripts\python.exe

.NOTES
    To look:    Get-Content "$env:ProgramData\photobot\watcher-booth-1.log" -Wait
    To stop:    Stop-ScheduledTask -TaskName "photobot watcher booth-1"
    To remove:  Unregister-ScheduledTask -TaskName "photobot watcher booth-1"
    The task runs without a window as the user who installs it, also before anybody signs in. A hotfolder on a
    network drive cannot be reached that way: watch it on the machine that has the disk.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [ValidatePattern('^https?://')] [string] $Server,
    [Parameter(Mandatory)] [ValidatePattern('^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$')] [string] $Booth,
    [Parameter(Mandatory)] [string] $Hotfolder,
    [Parameter(Mandatory)] [string] $TokenFile,
    [Parameter(Mandatory)] [string] $Python
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

foreach ($file in $TokenFile, $Python) {
    if (-not (Test-Path -LiteralPath $file -PathType Leaf)) { throw "There is no file $file." }
}
New-Item -ItemType Directory -Force -Path $Hotfolder | Out-Null

$place = Join-Path $env:ProgramData 'photobot'
New-Item -ItemType Directory -Force -Path $place | Out-Null
$name = "photobot watcher $Booth"
$commands = Join-Path $place "watcher-$Booth.cmd"
$log = Join-Path $place "watcher-$Booth.log"

# In a command file a percent sign in a value must stand twice.
function Quoted([string] $Value) { $Value.Replace('%', '%%') }

$lines = @(
    '@echo off'
    'chcp 65001 >nul'
    "set `"SERVER_URL=$(Quoted $Server)`""
    "set `"BOOTH_ID=$(Quoted $Booth)`""
    "set `"HOTFOLDER_PATH=$(Quoted (Resolve-Path -LiteralPath $Hotfolder).Path)`""
    "set `"PHOTOBOT_TOKEN_FILE=$(Quoted (Resolve-Path -LiteralPath $TokenFile).Path)`""
    "set `"LOG=$(Quoted $log)`""
    ':again'
    'if exist "%LOG%" for %%F in ("%LOG%") do if %%~zF GTR 20000000 move /y "%LOG%" "%LOG%.1" >nul'
    "`"$(Quoted (Resolve-Path -LiteralPath $Python).Path)`" -m watcher 2>>`"%LOG%`""
    'if %errorlevel%==2 exit /b 2'
    'rem Five seconds; "timeout" does not work without a window.'
    'ping -n 6 127.0.0.1 >nul'
    'goto again'
)
# No byte order mark: the command interpreter would take it for a part of the first command.
[IO.File]::WriteAllText($commands, ($lines -join "`r`n") + "`r`n", (New-Object Text.UTF8Encoding $false))

$action = New-ScheduledTaskAction -Execute $env:ComSpec -Argument "/d /c `"`"$commands`"`"" -WorkingDirectory $place
$trigger = New-ScheduledTaskTrigger -AtStartup
$user = [Security.Principal.WindowsIdentity]::GetCurrent().Name
$principal = New-ScheduledTaskPrincipal -UserId $user -LogonType S4U -RunLevel Limited
$settings = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -StartWhenAvailable `
    -MultipleInstances IgnoreNew -ExecutionTimeLimit ([TimeSpan]::Zero) -Priority 5 `
    -RestartCount 3 -RestartInterval (New-TimeSpan -Minutes 1)

if (Get-ScheduledTask -TaskName $name -ErrorAction SilentlyContinue) { Stop-ScheduledTask -TaskName $name }
Register-ScheduledTask -TaskName $name -Action $action -Trigger $trigger -Principal $principal -Settings $settings -Force | Out-Null
Start-ScheduledTask -TaskName $name
Write-Host "Installed and started: $name. Its log: $log"
